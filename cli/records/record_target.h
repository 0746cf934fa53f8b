// Where a record's state comes from, who signs the record, and where it goes.
#pragma once

#include <string>
#include <vector>

#include "cli/console/asking.h"
#include "cli/console/command_line.h"
#include "cli/console/terminal.h"

namespace cityid::cli {

/// How a command that signs asks, and how it opens its keys.
struct SigningOptions : AskingOptions {
  PassphraseOptions passphrase;

  void Declare(Command& command) {
    AskingOptions::Declare(command);
    command.Option("--passphrase-file", &passphrase.file,
                   "Take passphrases from this file's first line");
  }
};

/// The options that the commands about records share.
struct RecordTarget {
  std::string ledger;             ///< a ledger directory: state, and submission without `output`
  std::string registry;           ///< a registry's address: the same
  std::string output;             ///< a file to write instead of submitting
  std::vector<std::string> keys;  ///< key files that sign, each in the role that the rules give it
  SigningOptions signing;
  unsigned days = 30;  ///< the record may wait so long for signatures
  unsigned wait = 10;  ///< seconds in which a complete record may become public

  /// Declares --registry and --ledger.
  void DeclareSource(Command& command) {
    command.Option("--registry", &registry,
                   "Registry to ask and to hand in to, e.g. https://id.example.cn");
    command.Option("--ledger", &ledger, "Ledger directory, instead of a registry");
    command.Option("--wait", &wait,
                   "Ask the registry for up to so many seconds what became of a complete record");
  }

  /// Declares all of them.
  void Declare(Command& command) {
    DeclareSource(command);
    command.Option("--key", &keys, "Key file that signs; may be given more than once");
    signing.Declare(command);
    command.Option("-o,--output", &output,
                   "Write the record to this file instead of handing it in");
    command.Option("--days", &days, "It may wait so many days for signatures");
  }
};

}  // namespace cityid::cli

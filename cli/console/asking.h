// What one signs, one sees: a command shows what it is about to sign or to give up, and asks.
#pragma once

#include <string>

#include "cli/console/command_line.h"
#include "codec/result.h"

namespace cityid::cli {

/// How a command asks.
struct AskingOptions {
  bool yes = false;   ///< go on without asking
  bool json = false;  ///< print what would be done, and do nothing

  void Declare(Command& command) {
    command.Option("--yes", &yes, "Don't ask");
    command.Option("--json", &json, "Print what would be signed or done as JSON, and do nothing");
  }
};

/// What a command is about to do, for people and for programs. The text has whole lines, and
/// nothing that controls a terminal.
struct Shown {
  std::string text, json;
};

/// Shows it on standard error and asks; --yes doesn't ask, and --json prints it on standard output
/// instead. Returns true if the command is to go on, false after --json. Errors: kRefused if the
/// answer isn't yes; kUsage, before anything is shown, if there is nobody to ask.
Result<bool> ShowAndAsk(const Shown& shown, const std::string& question,
                        const AskingOptions& options);

}  // namespace cityid::cli

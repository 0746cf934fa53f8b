// Publishing heads from the command line: signing checkpoints and having them cosigned.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/console/terminal.h"
#include "codec/result.h"
#include "ledger/consortium/publisher.h"
#include "ledger/consortium/registry.h"

namespace cityid::cli {

struct PublishOptions {
  std::vector<std::string> log_keys;      ///< key files
  std::vector<std::string> witness_keys;  ///< key files of witnesses on this machine
  std::vector<std::string> witnesses;     ///< submission prefixes of witnesses elsewhere
  PassphraseOptions passphrase;
};

/// Returns what asks the witnesses with these submission prefixes. Errors: those of `PeerUrl`.
Result<std::vector<std::unique_ptr<Cosigner>>> AskWitnesses(
    const std::vector<std::string>& addresses);

/// Returns what signs and cosigns checkpoints, or nothing without a log key. Errors: kUsage for
/// witnesses alone; those of `AskWitnesses` and of the key files.
Result<Registry::Publish> PublishWith(const PublishOptions& options);

/// The same with keys that are open already.
Registry::Publish PublishWith(PublisherParts parts);

}  // namespace cityid::cli

// Publishing heads from the command line: signing checkpoints and having them cosigned.
#pragma once

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
  std::vector<std::string> witnesses;     ///< addresses of witnesses elsewhere
  PassphraseOptions passphrase;
};

/// Returns what signs and cosigns checkpoints, or nothing without a log key. Errors: kUsage for
/// witnesses alone; those of the key files.
Result<Registry::Publish> PublishWith(const PublishOptions& options);

/// The same with keys that are open already.
Registry::Publish PublishWith(PublisherParts parts);

}  // namespace cityid::cli

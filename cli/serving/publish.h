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
  std::string journal;                    ///< file; empty: beside the ledger directory
  std::vector<std::string> without;       ///< parties of the policy that can't be asked
  PassphraseOptions passphrase;
};

/// What a registry signs with.
struct Signing {
  Registry::Publish publish;      ///< empty without a log key
  Registry::Confirmed confirmed;  ///< empty without a log key
};

/// Returns what asks the witnesses with these submission prefixes. Errors: those of `PeerUrl`.
Result<std::vector<std::unique_ptr<Cosigner>>> AskWitnesses(
    const std::vector<std::string>& addresses);

/// Returns what signs and cosigns checkpoints of a ledger, and what confirms that it may. `replica`
/// was opened for writing and outlives it. Errors: kUsage for witnesses without a log key; those of
/// `AskWitnesses`, of the key files and of the journal.
Result<Signing> SignWith(const PublishOptions& options, const std::string& ledger,
                         Replica& replica);

/// Returns what publishes with keys that are open already.
Registry::Publish PublishWith(std::shared_ptr<Publisher> publisher);

}  // namespace cityid::cli

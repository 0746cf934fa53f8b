// Publishing heads from the command line: signing checkpoints, having them cosigned, and the thread
// of a registry that publishes what it has taken in.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
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

/// Finds out whether a registry may sign, publishes when a complete record has come, tries again
/// every second, and confirms the head every ten minutes, in a thread of its own until it is
/// destroyed. Logs what it waits for. `registry` outlives it.
class Publishing {
 public:
  /// `has_quorum`: the registry publishes checkpoints, which a quorum cosigns.
  Publishing(Registry& registry, bool has_quorum);

  /// Returns why the registry can never begin (kUsage, kCorrupt); nothing so far. The thread has
  /// ended then.
  std::optional<Error> failure() const;

 private:
  void Run(const std::stop_token& stop);
  /// Publishes and confirms once. `goes_on`: the step before succeeded.
  Result<void> Step(bool goes_on, const std::stop_token& stop);

  Registry& registry_;
  bool has_quorum_;
  std::chrono::steady_clock::time_point confirmed_at_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace cityid::cli

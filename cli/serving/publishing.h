// The thread of a registry that publishes what it has taken in.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "codec/result.h"
#include "ledger/consortium/registry.h"

namespace cityid::cli {

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

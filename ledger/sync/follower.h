// Keeps a replica up with a log: polls, verifies, replays, and stops where something is wrong.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/proof/trust.h"
#include "ledger/store/replica.h"
#include "ledger/sync/replay.h"
#include "ledger/sync/source.h"

namespace cityid {

/// What one poll came to.
struct FollowStep {
  enum class Kind {
    kNothing,    ///< no mirror has anything newer
    kConfirmed,  ///< the same head, with fresher cosignatures
    kAdvanced,   ///< new entries
    kFrozen,     ///< evidence against the log: nothing is taken any more
  };
  Kind kind = Kind::kNothing;
  /// What was wrong with mirrors on the way, a line each: "URL: ...".
  std::vector<std::string> complaints;
};

/// One follower a replica. Not thread-safe.
class Follower {
 public:
  /// `replica` was opened for writing and outlives this; it may be empty. `trust` counts as long
  /// as it is; then the policy that the replica itself has come to. `mirrors` are asked in turn.
  Follower(Replica& replica, Trust trust, std::vector<std::unique_ptr<Source>> mirrors)
      : replica_(replica), trust_(std::move(trust)), mirrors_(std::move(mirrors)) {}

  /// Asks the mirrors for a checkpoint, the one that served last first, and brings the replica up
  /// to the first that is newer and holds. A mirror that lies, stalls or lags costs a complaint. A
  /// quorum that has cosigned two histories, or a state that the entries don't come to, freezes the
  /// replica at its head, with the notes kept (`LedgerView::FindEvidence`). Errors: those of the
  /// replica; kUnsupported for rules that this program lacks.
  Result<FollowStep> Poll(std::chrono::sys_seconds now, const ReplayProgress& progress = {});

 private:
  /// The same with one mirror; its error is a complaint unless it is the replica's.
  Result<FollowStep::Kind> Ask(Source& mirror, std::chrono::sys_seconds now,
                               const ReplayProgress& progress);
  Result<FollowStep::Kind> Take(Source& mirror, const TrustedCheckpoint& newest, const Trust& trust,
                                std::optional<Bytes> policy_proof, std::chrono::sys_seconds now,
                                const ReplayProgress& progress);
  Result<void> KeepPolicyProofs(Source& mirror, std::chrono::sys_seconds now);
  Result<bool> IsKnown(const std::string& note) const;
  /// Goes from policy to policy until the present one has signed `note`.
  Result<FollowStep::Kind> FollowPolicies(Source& mirror, const std::string& note,
                                          std::chrono::sys_seconds now,
                                          const ReplayProgress& progress);
  Result<FollowStep::Kind> Freeze(const LedgerView& view, const std::string& note,
                                  const std::string& reason, std::chrono::sys_seconds now);
  Result<Trust> TrustNow(const LedgerView& view) const;

  Replica& replica_;
  Trust trust_;
  std::vector<std::unique_ptr<Source>> mirrors_;
  std::size_t first_ = 0;  ///< the mirror to ask first
  std::string last_note_;  ///< that was taken, byte for byte
};

}  // namespace cityid

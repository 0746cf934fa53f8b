// Follows a log: keeps a replica up to date with what its mirrors publish, and freezes it if there
// is evidence against the log.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/proof/trust_file.h"
#include "ledger/store/replica.h"
#include "ledger/sync/policy_proofs.h"
#include "ledger/sync/replay.h"
#include "ledger/sync/source.h"

namespace cityid {

/// The outcome of one poll.
struct FollowStep {
  enum class Kind {
    kNothing,    ///< no mirror has anything newer
    kConfirmed,  ///< the same head, with fresher cosignatures
    kAdvanced,   ///< new entries
    kFrozen,     ///< there is evidence against the log, and the replica takes nothing more
  };
  Kind kind = Kind::kNothing;
  /// What was wrong with mirrors, one line each: "URL: ...".
  std::vector<std::string> complaints;
};

/// Follows one log. One follower a replica. Not thread-safe.
class Follower {
 public:
  /// `replica` was opened for writing, may be empty, and outlives this. `trust` verifies
  /// checkpoints until the replica has a policy of its own; what it remembers counts only after
  /// `Replica::Demand`. The mirrors are asked in turn. `ahead` is added to the time by which
  /// cosignatures are read: 0 for readers, who need it to know the age of what they read; more for
  /// a witness, which needs only what a quorum stands for, even if the quorum's clocks were ahead.
  Follower(Replica& replica, TrustFile trust, std::vector<std::shared_ptr<Source>> mirrors,
           std::chrono::seconds ahead = {})
      : replica_(replica),
        trust_(std::move(trust)),
        mirrors_(std::move(mirrors)),
        ahead_(ahead),
        not_before_(mirrors_.size()),
        proofs_(replica) {}

  /// Asks the mirrors for a checkpoint, first the one that gave the last, and those that failed a
  /// moment ago only if no other one answers. Brings the replica up to the first checkpoint that is
  /// newer and holds. A mirror that lies, stalls or lags gets a complaint. If a quorum has cosigned
  /// two histories, or a state root that is wrong, it freezes the replica and keeps the notes as
  /// evidence (`LedgerView::FindEvidence`). Errors: those of the replica; kUnsupported for rules
  /// that this program lacks.
  Result<FollowStep> Poll(std::chrono::sys_seconds now, const ReplayControl& control = {});

 private:
  using Kind = FollowStep::Kind;

  /// Polls one mirror. Its error is a complaint unless it is the replica's.
  Result<Kind> Ask(Source& mirror, std::chrono::sys_seconds now, const ReplayControl& control);
  /// Goes on from policy to policy until the present one has signed `note`.
  Result<Kind> FollowPolicies(Source& mirror, const std::string& note, std::chrono::sys_seconds now,
                              const ReplayControl& control);
  /// What the next policy must follow, and its trust, which judges the checkpoint of that policy.
  Result<PolicyPosition> Position() const;
  /// Finds the next link of the chain: that of the trust file, if the replica isn't there yet, or
  /// the policy after the replica's.
  Result<std::optional<PolicyLink>> NextLink(Source& mirror, PolicyPosition& position,
                                             std::chrono::sys_seconds now) const;
  /// Brings the replica up to a checkpoint that `position` verified, if that is newer.
  Result<Kind> Take(Source& mirror, const TrustedCheckpoint& newest, const PolicyPosition& position,
                    std::optional<Bytes> policy_proof, std::chrono::sys_seconds now,
                    const ReplayControl& control);
  /// Compares a checkpoint that is not larger than the head with the replica.
  Result<Kind> Confirm(const LedgerView& view, Source& mirror, const TrustedCheckpoint& newest,
                       std::chrono::sys_seconds now);
  /// Freezes the replica if a replay failed because of the log, not of the mirror.
  Result<Kind> JudgeFailure(const Error& failure, Source& mirror, const TrustedCheckpoint& newest,
                            std::chrono::sys_seconds now);
  /// Refuses a mirror that has nothing newer, if the replica is still older than the trust file.
  Result<Kind> CheckNotBehind() const;
  /// Returns true if a note is of an earlier head of the replica's tree.
  Result<bool> IsKnown(const std::string& note) const;
  Result<Kind> Freeze(const LedgerView& view, const std::string& note, const std::string& reason,
                      std::chrono::sys_seconds now);

  Replica& replica_;
  TrustFile trust_;
  std::vector<std::shared_ptr<Source>> mirrors_;
  std::chrono::seconds ahead_;
  std::vector<std::chrono::sys_seconds> not_before_;  // of each mirror, after a failure
  std::size_t first_ = 0;                             // the mirror to ask first
  PolicyProofs proofs_;
  std::string last_note_;  // the last note that was taken
};

}  // namespace cityid

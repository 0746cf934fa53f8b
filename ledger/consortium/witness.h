// An institute's witness (C2SP tlog-witness): cosigns a head only after it has replayed every
// record up to it itself.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/consortium/publisher.h"
#include "ledger/proof/trust.h"
#include "ledger/store/replica.h"
#include "ledger/sync/source.h"

namespace cityid {

/// How far ahead of the witness's clock the time of a state root may be. One that lies behind is
/// taken: the rules only ask that time doesn't go back, and a batch may have waited for its quorum.
inline constexpr std::chrono::seconds kStateRootSkew{60};

struct WitnessParts {
  SecretKey key;
  /// Names the log's keys and the witness's own name until the ledger has a policy.
  Trust trust;
  std::unique_ptr<Source> log;  ///< where entries are fetched from, pending ones included
};

/// Thread-safe; requests wait for each other.
class Witness {
 public:
  /// `replica` was opened for writing, holds nothing but what this witness replayed, and outlives
  /// it.
  Witness(Replica& replica, WitnessParts parts) : replica_(replica), parts_(std::move(parts)) {}

  /// One `add-checkpoint`: 200 with cosignature lines, 400 malformed, 403 not signed by the log,
  /// 404 another log, 409 with the size that was cosigned last, 422 what must not be cosigned (a
  /// wrong proof, another history, a wrong state root, a time ahead), 503 not replayed yet. What a
  /// cosignature says is on disk before it is made.
  WitnessReply AddCheckpoint(std::string_view request, std::chrono::sys_seconds now);

  /// Follows what the log has published, as a replica does, so that a witness whose disk was set
  /// back knows again what it may have cosigned. To be called at the start; until it succeeded,
  /// here or before a request, nothing is cosigned. Errors: kForged if there is evidence against
  /// the log, which is kept; those of source and replica.
  Result<void> CatchUp(std::chrono::sys_seconds now);

 private:
  /// Who signs and cosigns, as the replica's policy has it, or the trust file before there is one.
  Result<Trust> TrustNow(const LedgerView& view) const;
  Result<WitnessReply> Judge(const CosignRequest& request, std::chrono::sys_seconds now);
  Result<WitnessReply> Refuse(const LedgerView& view, const Checkpoint& checkpoint,
                              const std::string& note, const std::string& reason,
                              std::chrono::sys_seconds now);
  Result<WitnessReply> ReplayTo(const Checkpoint& checkpoint, const std::string& note,
                                std::chrono::sys_seconds now);

  Result<void> CompareWithLog(std::chrono::sys_seconds now);

  std::mutex mutex_;
  bool caught_up_ = false;
  std::chrono::sys_seconds followed_at_;  ///< when the log was last followed
  Replica& replica_;
  WitnessParts parts_;
};

}  // namespace cityid

// Keeps a replica's chain of policy proofs whole (docs/proof.md 4.1), so that others can go along
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "codec/result.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/store/replica.h"
#include "ledger/sync/source.h"

namespace cityid {

/// One a replica. Not thread-safe.
class PolicyProofs {
 public:
  /// `replica` outlives this.
  explicit PolicyProofs(Replica& replica) : replica_(replica) {}

  /// Takes from `mirror` what the chain lacks up to the replica's policy, link after link: each
  /// follows its predecessor and is of this tree. A stored proof that doesn't follow is replaced by
  /// one that does. Ends at the first link that the mirror can't show. Costs nothing once the chain
  /// is whole. Errors: those of the replica.
  Result<void> Complete(Source& mirror, std::chrono::sys_seconds now);

 private:
  /// Returns the version with which the chain begins: 1, or that of a snapshot.
  static Result<std::uint64_t> FirstVersion(const LedgerView& view, std::uint64_t present);
  /// Opens a proof as the next link, or the first. Returns nothing if it isn't. Errors: those of
  /// the view.
  Result<std::optional<PolicyPosition>> Follow(const LedgerView& view, ByteView proof,
                                               std::uint64_t version,
                                               std::chrono::sys_seconds now) const;

  Replica& replica_;
  std::optional<PolicyPosition> reached_;  // the last link that was looked at
};

}  // namespace cityid

// The chain of policies (docs/proof.md 4). The first checkpoint under a new policy satisfies the
// policy before it as well, so whoever trusts one policy can go on to the next, link by link.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/proof/trust.h"
#include "ledger/state/state.h"

namespace cityid {

/// Versions in a row that may never have been published.
inline constexpr std::uint64_t kMaxPolicyGap = 16;

/// A policy and its first checkpoint, as a proof document shows them.
struct PolicyLink {
  PolicyState policy;
  Trust trust;                   ///< what the policy asks of checkpoints
  TrustedCheckpoint checkpoint;  ///< its time is that of the quorum of `before`, if that was given
  Bytes proof;
};

/// Opens the proof document of a policy. Its checkpoint must satisfy the policy itself, and
/// `before` unless that is null. Errors: those of `ProvenState::Open`; kForged if it proves no
/// policy.
Result<PolicyLink> OpenPolicyLink(ByteView proof, const Trust* before,
                                  std::chrono::sys_seconds now);

/// Returns the proof document of a version of the policy; nothing if there is none.
using PolicyProofs = std::function<Result<std::optional<Bytes>>(std::uint64_t version)>;

/// A place in the chain: the trust that was reached, and what the next link must be.
struct PolicyPosition {
  Trust trust;
  std::uint64_t next_version = 1;  ///< the least version of the next link
  TreeSize size = {};              ///< the next link's checkpoint is larger
};

/// Finds the next link: the first later policy whose proof document leads on from `position`.
/// Returns nothing if no proof document was published. Errors: those of `proofs`; if there are
/// proof documents and none leads on, what is wrong with the first.
Result<std::optional<PolicyLink>> NextPolicy(const PolicyProofs& proofs,
                                             const PolicyPosition& position,
                                             std::chrono::sys_seconds now);

/// Finds the place of `trust` in a chain that nothing was verified of: only its next links are to
/// be believed, and only once they lead on from `trust`. Errors: those of `proofs`; kRefused if it
/// is the trust of no policy; kForged if the versions don't ascend.
Result<PolicyPosition> FindPosition(const PolicyProofs& proofs, const Trust& trust);

/// Returns what the policy in force asks of checkpoints, or `initial` before there is a policy.
/// Errors: those of the state.
Result<Trust> TrustInForce(const State& state, const Trust& initial);

}  // namespace cityid

// The chain of policies (docs/proof.md 4). The first checkpoint under a new policy satisfies the
// policy before it as well, so whoever trusts one policy can go on to the next, link by link.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/proof/trust_file.h"
#include "ledger/state/state.h"

namespace cityid {

/// A policy and its first checkpoint, as a proof document shows them.
struct PolicyLink {
  PolicyState policy;
  Trust trust;                   ///< what the policy asks of checkpoints
  TrustedCheckpoint checkpoint;  ///< its time is that of the quorum of `before`, if that was given
  Bytes proof;
};

/// Opens the proof document of a policy. Its checkpoint must satisfy the policy itself, and
/// `before` unless that is null; then it says only that somebody with these keys made it. Errors:
/// those of `ProvenState::Open`; kForged if it proves no policy.
Result<PolicyLink> OpenPolicyLink(ByteView proof, const Trust* before,
                                  std::chrono::sys_seconds now);

/// Returns the proof document of a version of the policy; nothing if there is none.
using PolicyProofSource = std::function<Result<std::optional<Bytes>>(std::uint64_t version)>;

/// A place in the chain: a policy that is believed, and its first checkpoint as far as it is known.
struct PolicyPosition {
  Trust trust;                         ///< what the policy asks of checkpoints
  std::uint64_t version = 0;           ///< of the policy
  TreeSize size = {};                  ///< the next link's checkpoint is larger
  std::optional<RecordHash> log = {};  ///< the next link is of this log

  static PolicyPosition At(const PolicyLink& link) {
    return {link.trust, link.policy.policy.version, link.checkpoint.checkpoint.size,
            link.policy.log};
  }
};

/// Opens a proof document as the link after `position`: it proves exactly the next version, opens
/// under both policies, and is of a larger tree of the same log. Errors: those of `OpenPolicyLink`;
/// kForged if it is another link.
Result<PolicyLink> OpenNextLink(ByteView proof, const PolicyPosition& position,
                                std::chrono::sys_seconds now);

/// Fetches the link after `position`. Returns nothing if there is no proof document. Errors: those
/// of `proofs` and of `OpenNextLink`.
Result<std::optional<PolicyLink>> NextPolicy(const PolicyProofSource& proofs,
                                             const PolicyPosition& position,
                                             std::chrono::sys_seconds now);

/// Finds the place of a trust file in a chain: by a proof document that opens under the file itself
/// and proves its text, and its version if the file says one. Whatever else a source shows proves
/// nothing. Errors: those of `proofs`; kRefused if it shows no such proof document.
Result<PolicyLink> FindPosition(const PolicyProofSource& proofs, const TrustFile& file,
                                std::chrono::sys_seconds now);

/// Brings a trust file forward along the chain (docs/proof.md 4.2) to the policy that `note`, the
/// newest checkpoint of the source, satisfies. Never comes to anything older than the file. A time
/// of the file that is ahead of `now` holds up nothing, and stays in the file: if it is this clock
/// that is wrong, the time is right, and nothing may go back behind it. Errors:
/// those of `FindPosition`, `NextPolicy` and `Trust::Open`; kRefused if what the source shows is
/// older than the file.
Result<TrustFile> BringForward(const TrustFile& file, const PolicyProofSource& proofs,
                               std::string_view note, std::chrono::sys_seconds now);

/// A time after everything: by it each cosignature counts, however fresh it is.
inline constexpr std::chrono::sys_seconds kAfterAll =
    std::chrono::sys_seconds::max() - 2 * kCosignatureSkew;

/// Returns the version of the policy in force; 0 before there is one. Errors: those of the state.
Result<std::uint64_t> PolicyVersion(const State& state);

/// Returns what the policy in force asks of checkpoints, or `initial` before there is a policy.
/// Errors: those of the state.
Result<Trust> TrustInForce(const State& state, const Trust& initial);

}  // namespace cityid

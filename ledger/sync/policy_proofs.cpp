#include "ledger/sync/policy_proofs.h"

#include "ledger/sync/fork.h"

namespace cityid {

using std::chrono::sys_seconds;

Result<std::uint64_t> PolicyProofs::FirstVersion(const LedgerView& view, std::uint64_t present) {
  if (view.head().base.value == 0) return std::uint64_t{1};
  std::uint64_t first = present;
  const auto scanned = view.ScanPolicyProofs([&](std::uint64_t version, ByteView) -> Result<bool> {
    first = version;
    return false;
  });
  if (!scanned) return scanned.error();
  return first;
}

Result<std::optional<PolicyPosition>> PolicyProofs::Follow(const LedgerView& view, ByteView proof,
                                                           std::uint64_t version,
                                                           sys_seconds now) const {
  std::optional<PolicyPosition> none;
  const auto link =
      reached_ ? OpenNextLink(proof, *reached_, now) : OpenPolicyLink(proof, nullptr, now);
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!link || link->policy.policy.version != version || link->policy.log != (*policy)->log)
    return none;
  // Below a snapshot no tree tells whether the first link is genuine, but the state does.
  if (version == (*policy)->policy.version && link->trust != Trust::Of(**policy)) return none;
  const Checkpoint& first = link->checkpoint.checkpoint;
  if (first.size > view.head().size) return none;
  if (first.size >= view.head().base) {
    const auto contains = Contains(view, first);
    if (!contains) return contains.error();
    if (!*contains) return none;
  }
  return std::optional(PolicyPosition::At(*link));
}

Result<void> PolicyProofs::Complete(Source& mirror, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return {};
  const std::uint64_t present = (*policy)->policy.version;
  const auto first = reached_ ? reached_->version + 1 : FirstVersion(*view, present);
  if (!first) return first.error();
  for (std::uint64_t version = *first; version <= present; ++version) {
    const auto stored = view->PolicyProof(version);
    if (!stored) return stored.error();
    if (*stored) {
      auto next = Follow(*view, **stored, version, now);
      if (!next) return next.error();
      if (*next) {
        reached_ = *std::move(next);
        continue;
      }
    }
    if (!reached_ && view->head().base.value > 0 && version != present) return {};
    const auto shown = mirror.PolicyProof(version);
    if (!shown || !*shown) return {};
    auto next = Follow(*view, **shown, version, now);
    if (!next) return next.error();
    if (!*next) return {};
    if (const auto kept = replica_.KeepPolicyProof(version, **shown); !kept) return kept;
    reached_ = *std::move(next);
  }
  return {};
}

}  // namespace cityid

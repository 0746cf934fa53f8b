#include "ledger/proof/policy_chain.h"

#include "codec/time_text.h"

namespace cityid {
namespace {

/// Bounds what a source can make a reader fetch and verify who doesn't know a version.
constexpr std::uint64_t kMaxVersion = 256;
/// Versions in a row that a source may lack, because it began with a snapshot.
constexpr std::uint64_t kMaxMissing = 16;

}  // namespace

using std::chrono::sys_seconds;

Result<PolicyLink> OpenPolicyLink(ByteView proof, const Trust* before, sys_seconds now) {
  auto policy = ClaimedPolicy(proof);
  if (!policy) return policy.error();
  Trust trust = Trust::Of(*policy);
  const auto proven = ProvenState::Open(proof, before != nullptr ? *before : trust, now);
  if (!proven) return proven.error();
  if (before != nullptr) {
    const auto opened = trust.Open(proven->checkpoint().note, now);
    if (!opened) return opened.error();
  }
  return PolicyLink{*std::move(policy), std::move(trust), proven->checkpoint(), ToBytes(proof)};
}

Result<PolicyLink> OpenNextLink(ByteView proof, const PolicyPosition& position, sys_seconds now) {
  auto link = OpenPolicyLink(proof, &position.trust, now);
  if (!link) return link;
  const std::uint64_t version = link->policy.policy.version;
  if (version != position.version + 1)
    return Error{Errc::kForged, "the proof is of policy " + std::to_string(version) + ", not of " +
                                    std::to_string(position.version + 1)};
  if (position.log && link->policy.log != *position.log)
    return Error{Errc::kForged, "the proof is of a policy of another log"};
  if (link->checkpoint.checkpoint.size <= position.size)
    return Error{Errc::kForged, "the proof's tree is not larger than that of the policy before"};
  return link;
}

Result<std::optional<PolicyLink>> NextPolicy(const PolicyProofSource& proofs,
                                             const PolicyPosition& position, sys_seconds now) {
  const auto proof = proofs(position.version + 1);
  if (!proof) return proof.error();
  if (!*proof) return std::optional<PolicyLink>();
  auto link = OpenNextLink(**proof, position, now);
  if (!link) return link.error();
  return std::optional(*std::move(link));
}

Result<PolicyLink> FindPosition(const PolicyProofSource& proofs, const TrustFile& file,
                                sys_seconds now) {
  const std::uint64_t first = file.version != 0 ? file.version : 1;
  const std::uint64_t last = file.version != 0 ? file.version : kMaxVersion;
  std::uint64_t missing = 0;
  Error why{Errc::kNotFound, "it shows no proof of it"};
  for (std::uint64_t version = first; version <= last && missing <= kMaxMissing; ++version) {
    const auto proof = proofs(version);
    if (!proof) return proof.error();
    missing = *proof ? 0 : missing + 1;
    if (!*proof) continue;
    auto link = OpenPolicyLink(**proof, &file.trust, now);
    if (link && link->trust == file.trust && link->policy.policy.version == version) return link;
    why = link ? Error{Errc::kForged, "the proof is of another policy"} : link.error();
  }
  const std::string which =
      file.version != 0 ? "policy " + std::to_string(file.version) : std::string("any policy");
  return Error{Errc::kRefused, "the trust file is not known to be " + which +
                                   " of this log: " + why.detail +
                                   "; ask another source, or get a new file by hand from an "
                                   "institute"};
}

Result<TrustFile> BringForward(const TrustFile& file, const PolicyProofSource& proofs,
                               std::string_view note, sys_seconds now) {
  const auto own = FindPosition(proofs, file, now);
  if (!own) return own.error();
  auto end = PolicyPosition::At(*own);
  while (true) {
    const auto next = NextPolicy(proofs, end, now);
    if (!next) return next.error().In("the policy after " + std::to_string(end.version));
    if (!*next) break;
    end = PolicyPosition::At(**next);
  }
  const auto newest = end.trust.Open(note, now);
  if (!newest) return newest.error();
  TrustFile least = file;
  if (least.IsAhead(now)) least.confirmed.reset();
  if (newest->checkpoint.size < end.size || !least.IsReachedBy(end.version, newest->time)) {
    return Error{Errc::kRefused, "its checkpoint is of " + TimeText(newest->time) +
                                     ", older than what confirmed the file; ask another"};
  }
  TrustFile updated{std::move(end.trust), end.version, newest->time};
  if (file.confirmed > updated.confirmed) updated.confirmed = file.confirmed;
  return updated;
}

Result<std::uint64_t> PolicyVersion(const State& state) {
  const auto policy = FindPolicy(state);
  if (!policy) return policy.error();
  return *policy ? (*policy)->policy.version : std::uint64_t{0};
}

Result<Trust> TrustInForce(const State& state, const Trust& initial) {
  const auto policy = FindPolicy(state);
  if (!policy) return policy.error();
  return *policy ? Trust::Of(**policy) : initial;
}

}  // namespace cityid

#include "ledger/proof/policy_chain.h"

#include <algorithm>

namespace cityid {
namespace {

constexpr std::uint64_t kMaxVersion = 10'000;  // bounds what a source can make a reader fetch

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

Result<std::optional<PolicyLink>> NextPolicy(const PolicyProofs& proofs,
                                             const PolicyPosition& position, sys_seconds now) {
  std::optional<Error> refused;
  const std::uint64_t first = position.next_version;
  for (std::uint64_t version = first; version <= first + kMaxPolicyGap; ++version) {
    const auto proof = proofs(version);
    if (!proof) return proof.error();
    if (!*proof) continue;
    auto link = OpenPolicyLink(**proof, &position.trust, now);
    const bool fits = link && link->policy.policy.version == version;
    if (fits && link->checkpoint.checkpoint.size > position.size)
      return std::optional(*std::move(link));
    if (refused) continue;
    refused = link ? Error{Errc::kForged, "the proof is of no later version"} : link.error();
  }
  if (refused) return *refused;
  return std::optional<PolicyLink>();
}

Result<PolicyPosition> FindPosition(const PolicyProofs& proofs, const Trust& trust) {
  std::uint64_t last = 0;
  for (std::uint64_t version = 1; version <= std::min(last + kMaxPolicyGap, kMaxVersion);
       ++version) {
    const auto proof = proofs(version);
    if (!proof) return proof.error();
    if (!*proof) continue;
    const auto policy = ClaimedPolicy(**proof);
    if (!policy) return policy.error();
    const std::uint64_t claimed = policy->policy.version;
    if (Trust::Of(*policy) == trust) return PolicyPosition{trust, claimed + 1};
    if (claimed <= last) return Error{Errc::kForged, "the policy proofs are in disorder"};
    last = version = claimed;
  }
  return Error{
      Errc::kRefused,
      "the trust file is of no policy of this log; get a new one by hand from an institute"};
}

Result<Trust> TrustInForce(const State& state, const Trust& initial) {
  const auto policy = FindPolicy(state);
  if (!policy) return policy.error();
  return *policy ? Trust::Of(**policy) : initial;
}

}  // namespace cityid

#include "ledger/authority.h"

#include <algorithm>

namespace cityid {
namespace {

Error Refused(std::string rule) { return Error{Errc::kRefused, std::move(rule)}; }

std::size_t Count(const std::vector<Signer>& signers, Role role) {
  return static_cast<std::size_t>(std::ranges::count(signers, role, &Signer::role));
}

bool IsActiveRecordKey(const Holding& holding, const PublicKey& key) {
  return std::ranges::any_of(holding.keys, [&](const KeyGrant& grant) {
    return grant.key == key && grant.use == KeyUse::kRecord && grant.status == KeyStatus::kActive;
  });
}

}  // namespace

Result<void> CheckInstitutes(const Policy& policy, const std::vector<Signer>& signers) {
  for (const Signer& signer : signers) {
    if (signer.role != Role::kInstitute) continue;
    if (std::ranges::find(policy.institutes, signer.key, &Institute::record_key) ==
        policy.institutes.end()) {
      return Refused("signer-institute: a signer is no institute of the policy");
    }
  }
  const std::size_t count = Count(signers, Role::kInstitute);
  if (count != policy.quorum) {
    return Refused("signer-quorum: " + std::to_string(count) + " institutes signed, " +
                   std::to_string(policy.quorum) + " must");
  }
  return {};
}

Result<void> CheckAuthority(const State& state, const Policy& policy, const CityId& subject,
                            const std::vector<Signer>& signers) {
  const std::size_t others = signers.size() - Count(signers, Role::kNewKey);
  if (Count(signers, Role::kInstitute) > 0) {
    if (others != Count(signers, Role::kInstitute)) {
      return Refused("signer-role: more signed than the institutes");
    }
    return CheckInstitutes(policy, signers);
  }
  const std::optional<CityId> parent = subject.Parent();
  if (!parent)
    return Refused("signer-authority: " + subject.text() + " is the institutes' to decide");
  const auto found = FindIdentifier(state, *parent);
  if (!found) return found.error();
  if (!*found) return Refused("parent-unknown: " + parent->text() + " does not exist");
  const auto holding = ReadHolding(state, **found);
  if (!holding) return holding.error();
  if (others != 1 || Count(signers, Role::kAncestor) != 1) {
    return Refused("signer-role: exactly one signature of " + parent->text() + " is needed");
  }
  const auto signer = std::ranges::find(signers, Role::kAncestor, &Signer::role);
  if (!IsActiveRecordKey(*holding, signer->key)) {
    return Refused("signer-authority: not an active record key of " + parent->text());
  }
  return {};
}

Result<void> CheckIntroductions(std::vector<PublicKey> keys, const std::vector<Signer>& signers) {
  std::ranges::sort(keys);
  std::vector<PublicKey> signed_by;  // ascending, as signers are
  for (const Signer& signer : signers) {
    if (signer.role == Role::kNewKey) signed_by.push_back(signer.key);
  }
  if (keys != signed_by) {
    return Refused("signer-new-key: exactly the new keys must sign their introduction");
  }
  return {};
}

}  // namespace cityid

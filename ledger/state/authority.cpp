#include "ledger/state/authority.h"

#include <algorithm>

namespace cityid {
namespace {

/// The parties that may sign a type of record. An identifier's *authority* is the record key of its
/// nearest active ancestor, else the registrar of the longest delegated prefix, else k institutes.
struct Parties {
  bool institutes = false;  ///< k institutes
  bool authority = false;   ///< the subject's authority
  bool holder = false;      ///< the subject itself
  bool enclosing = false;   ///< the registrar of the next shorter delegated prefix
};
// All institutes of the first policy sign genesis; nobody signs a state root.
constexpr Parties MaySign(const Genesis&) { return {}; }
constexpr Parties MaySign(const StateRoot&) { return {}; }
constexpr Parties MaySign(const PolicyChange&) { return {.institutes = true}; }
constexpr Parties MaySign(const Delegate&) { return {.institutes = true, .enclosing = true}; }
constexpr Parties MaySign(const Assign&) { return {.institutes = true, .authority = true}; }
constexpr Parties MaySign(const Update&) { return {.holder = true}; }
constexpr Parties MaySign(const Recover&) { return {.institutes = true, .authority = true}; }
constexpr Parties MaySign(const Suspend&) { return {true, true, true}; }
constexpr Parties MaySign(const Resume&) { return {.institutes = true, .authority = true}; }
constexpr Parties MaySign(const Supersede&) { return {.institutes = true, .authority = true}; }
constexpr Parties MaySign(const Revoke&) { return {.institutes = true, .authority = true}; }
constexpr Parties MaySign(const RevokeCodes&) { return {true, true, true}; }
constexpr Parties MaySign(const Aliases&) { return {.institutes = true, .authority = true}; }

Quorum Institutes(const Policy& policy) {
  Quorum quorum{Role::kInstitute, {}, policy.quorum, "institutes"};
  for (const Institute& institute : policy.institutes) {
    quorum.members.push_back(institute.record_key);
  }
  return quorum;
}

/// Returns the quorum of any one active record key of an identifier.
Result<Quorum> RecordKeys(const State& state, const CityId& id, const IdentifierState& found,
                          Role role) {
  const auto holding = ReadHolding(state, found);
  if (!holding) return holding.error();
  Quorum quorum{role, {}, 1, id.text()};
  for (const KeyGrant& grant : holding->keys) {
    if (grant.use == KeyUse::kRecord && grant.status == KeyStatus::kActive) {
      quorum.members.push_back(grant.key);
    }
  }
  return quorum;
}

Quorum RegistrarQuorum(FoundRegistrar found) {
  return {Role::kRegistrar, std::move(found.registrar.keys), found.registrar.threshold,
          "registrar of " + found.prefix.text()};
}

Result<Quorum> AuthorityOf(const State& state, const Policy& policy, const CityId& subject) {
  for (auto ancestor = subject.Parent(); ancestor; ancestor = ancestor->Parent()) {
    const auto found = FindIdentifier(state, *ancestor);
    if (!found) return found.error();
    if (*found && (*found)->status == IdStatus::kActive) {
      return RecordKeys(state, *ancestor, **found, Role::kAncestor);
    }
  }
  auto registrar = FindRegistrar(state, Prefix(subject));
  if (!registrar) return registrar.error();
  if (*registrar) return RegistrarQuorum(**std::move(registrar));
  return Institutes(policy);
}

Result<void> AddIdentifierParties(const State& state, const Policy& policy, const Parties& parties,
                                  const Record& record, Requirement& requirement) {
  const auto id = CityId::Parse(record.subject.value_or(""));
  if (!id) return RefusedBy("subject: " + id.error().detail);
  // A suspension that names the authority's head is in the holder's chain, so it is the holder's.
  const bool suspends = record.type() == RecordType::kSuspend;
  if (parties.holder && (!suspends || record.authority)) {
    const auto found = FindIdentifier(state, *id);
    if (!found) return found.error();
    if (!*found) return RefusedBy("subject-unknown: " + id->text() + " does not exist");
    auto holder = RecordKeys(state, *id, **found, Role::kHolder);
    if (!holder) return holder.error();
    // A holder that is not active has no say.
    if ((*found)->status == IdStatus::kActive) requirement.any_of.push_back(*std::move(holder));
    if (suspends) return {};
  }
  if (parties.authority) {
    auto authority = AuthorityOf(state, policy, *id);
    if (!authority) return authority.error();
    if (authority->role != Role::kInstitute) requirement.any_of.push_back(*std::move(authority));
  }
  if (parties.institutes) requirement.any_of.push_back(Institutes(policy));
  return {};
}

Result<void> AddEnclosing(const State& state, const Record& record, Requirement& requirement) {
  const auto prefix = Prefix::Parse(record.subject.value_or(""));
  if (!prefix) return RefusedBy("subject: " + prefix.error().detail);
  const auto above = prefix->Parent();
  if (!above) return {};
  auto registrar = FindRegistrar(state, *above);
  if (!registrar) return registrar.error();
  if (*registrar) requirement.any_of.push_back(RegistrarQuorum(**std::move(registrar)));
  return {};
}

bool IsMember(const Quorum& quorum, const Signer& signer) {
  return signer.role == quorum.role &&
         std::ranges::find(quorum.members, signer.key) != quorum.members.end();
}

std::size_t CountMembers(const Quorum& quorum, const std::vector<Signer>& signers) {
  return static_cast<std::size_t>(std::ranges::count_if(
      signers, [&](const Signer& signer) { return IsMember(quorum, signer); }));
}

bool IntroducesKey(const Requirement& requirement, const Signer& signer) {
  return signer.role == Role::kNewKey &&
         std::ranges::find(requirement.new_keys, signer.key) != requirement.new_keys.end();
}

}  // namespace

Result<Requirement> RequiredSigners(const State& state, const Policy& policy,
                                    const Record& record) {
  Requirement requirement;
  if (const auto* genesis = std::get_if<Genesis>(&record.body)) {
    requirement.any_of = {Institutes(genesis->policy)};
    requirement.any_of[0].threshold = genesis->policy.institutes.size();
    return requirement;
  }
  const Parties parties = std::visit([](const auto& body) { return MaySign(body); }, record.body);
  if (parties.enclosing) {
    if (const auto added = AddEnclosing(state, record, requirement); !added) return added.error();
  }
  if (parties.authority || parties.holder) {
    const auto added = AddIdentifierParties(state, policy, parties, record, requirement);
    if (!added) return added.error();
  } else if (parties.institutes) {
    requirement.any_of.push_back(Institutes(policy));
  }
  return requirement;
}

Result<void> CheckSigners(const Requirement& requirement, const std::vector<Signer>& signers) {
  std::vector<PublicKey> introduced;  // ascending, as signers are
  std::optional<Role> role;
  std::size_t count = 0;
  for (const Signer& signer : signers) {
    if (signer.role == Role::kNewKey) {
      introduced.push_back(signer.key);
      continue;
    }
    if (role && *role != signer.role) return RefusedBy("signer-role: signed in more than one role");
    role = signer.role;
    ++count;
  }
  std::vector<PublicKey> new_keys = requirement.new_keys;
  std::ranges::sort(new_keys);
  if (introduced != new_keys) {
    return RefusedBy("signer-new-key: exactly the new keys must sign their introduction");
  }
  if (!role) return RefusedBy("signer-quorum: nobody with a say in it signed");
  const auto quorum = std::ranges::find(requirement.any_of, *role, &Quorum::role);
  if (quorum == requirement.any_of.end()) {
    return RefusedBy("signer-role: no " + std::string(Name(*role)) + " has a say in it");
  }
  const std::size_t members = CountMembers(*quorum, signers);
  if (members != count) {
    return RefusedBy("signer-stranger: a signer is not one of " + quorum->who);
  }
  if (members != quorum->threshold) {
    return RefusedBy("signer-quorum: " + std::to_string(members) + " of " + quorum->who +
                     " signed, exactly " + std::to_string(quorum->threshold) + " must");
  }
  return {};
}

std::optional<std::vector<Signer>> FinalSigners(const Requirement& requirement,
                                                const std::vector<Signer>& signers) {
  for (const Quorum& quorum : requirement.any_of) {
    std::vector<Signer> chosen;
    std::size_t members = 0;
    for (const Signer& signer : signers) {
      const bool member = members < quorum.threshold && IsMember(quorum, signer);
      if (member) ++members;
      if (member || IntroducesKey(requirement, signer)) chosen.push_back(signer);
    }
    if (members == quorum.threshold && chosen.size() == members + requirement.new_keys.size()) {
      return chosen;
    }
  }
  return std::nullopt;
}

bool HasASay(const Requirement& requirement, const Signer& signer) {
  return IntroducesKey(requirement, signer) ||
         std::ranges::any_of(requirement.any_of,
                             [&](const Quorum& quorum) { return IsMember(quorum, signer); });
}

Missing MissingSigners(const Requirement& requirement, const std::vector<Signer>& signers) {
  Missing missing;
  const Quorum* begun = nullptr;
  std::size_t most = 0;
  for (const Quorum& quorum : requirement.any_of) {
    const std::size_t members = CountMembers(quorum, signers);
    if (begun == nullptr || members > most) {
      begun = &quorum;
      most = members;
    }
  }
  if (begun != nullptr) {
    missing.who = begun->who;
    missing.signatures = begun->threshold - std::min(most, begun->threshold);
  }
  for (const PublicKey& key : requirement.new_keys) {
    if (std::ranges::find(signers, Signer{Role::kNewKey, key}) == signers.end()) {
      missing.new_keys.push_back(key);
    }
  }
  return missing;
}

}  // namespace cityid

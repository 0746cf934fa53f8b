#include "ledger/apply.h"

#include <algorithm>

#include "ledger/authority.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

Error Refused(std::string rule) { return Error{Errc::kRefused, std::move(rule)}; }

/// What every rule looks at.
struct Context {
  const State& state;
  const VerifiedRecord& verified;
  Index index;
  const Record& record = verified.record();
  const std::vector<Signer>& signers = verified.signers();

  RecordRef ref() const { return {index.value, verified.hash()}; }
};

void Write(Change& change, Bytes key, Bytes value) {
  change.writes.push_back({std::move(key), std::move(value)});
}

/// Marks keys as used for ever, by whom. Errors: kRefused if one is used already.
Result<void> UseKeys(const Context& c, const std::vector<PublicKey>& keys, const std::string& owner,
                     Change& change) {
  for (const PublicKey& key : keys) {
    Bytes state_key = UsedKeyKey(key);
    const auto used = c.state.Get(state_key);
    if (!used) return used.error();
    if (*used) return Refused("key-used: " + Hex(key).substr(0, 16) + " is used elsewhere already");
    CborWriter value;
    Write(change, std::move(state_key), std::move(value.Text(owner)).bytes());
  }
  return {};
}

Result<Change> ApplyBody(const Context& c, const Genesis& genesis) {
  const auto founded = FindPolicy(c.state);
  if (!founded) return founded.error();
  if (*founded || c.index.value != 0) return Refused("genesis-once: the log is founded already");
  if (c.record.log || c.record.subject || c.record.previous || c.record.authority ||
      c.record.not_after) {
    return Refused("genesis-fields: nothing precedes the first record");
  }
  if (!IsKeyName(genesis.origin)) return Refused("genesis-origin: spaces, '+', or too long");
  if (genesis.policy.version != 1) return Refused("policy-version: the first policy is version 1");
  if (const auto policy = CheckPolicy(genesis.policy); !policy) return policy.error();

  std::vector<PublicKey> introduced = genesis.policy.log_keys;
  std::vector<PublicKey> all = introduced;
  std::size_t institutes = 0;
  for (const Institute& institute : genesis.policy.institutes) {
    introduced.push_back(institute.witness_key);
    all.push_back(institute.record_key);
    all.push_back(institute.witness_key);
    const Signer signer{Role::kInstitute, institute.record_key};
    if (std::ranges::find(c.signers, signer) != c.signers.end()) ++institutes;
  }
  if (institutes != genesis.policy.institutes.size() ||
      institutes + introduced.size() != c.signers.size()) {
    return Refused("signer-quorum: every institute must sign, and nobody else");
  }
  if (const auto keys = CheckIntroductions(introduced, c.signers); !keys) return keys.error();

  Change change;
  if (const auto used = UseKeys(c, all, "policy", change); !used) return used.error();
  Write(change, PolicyKey(),
        EncodeFields(PolicyState{c.verified.hash(), genesis.origin, c.ref(), genesis.policy}));
  return change;
}

/// Every ancestor must exist and be active. Errors: kRefused.
Result<void> CheckAncestors(const State& state, const CityId& id) {
  for (auto ancestor = id.Parent(); ancestor; ancestor = ancestor->Parent()) {
    const auto found = FindIdentifier(state, *ancestor);
    if (!found) return found.error();
    if (!*found) return Refused("parent-unknown: " + ancestor->text() + " does not exist");
    if ((*found)->status != IdStatus::kActive) {
      return Refused("parent-inactive: " + ancestor->text() + " is " +
                     std::string(Name((*found)->status)));
    }
  }
  return {};
}

Result<Change> ApplyBody(const Context& c, const PolicyState& policy, const Assign& assign) {
  if (c.record.previous || c.record.authority) {
    return Refused("assign-fields: nothing precedes the first record of an identifier");
  }
  if (!c.record.subject) return Refused("subject: is missing");
  const auto id = CityId::Parse(*c.record.subject);
  if (!id) return Refused("subject: " + id.error().detail);
  const auto found = FindIdentifier(c.state, *id);
  if (!found) return found.error();
  if (*found) return Refused("assign-exists: " + id->text() + " was assigned already");
  if (const auto ancestors = CheckAncestors(c.state, *id); !ancestors) return ancestors.error();
  if (const auto holding = CheckHolding(assign.holding); !holding) return holding.error();
  if (const auto aliases = CheckAliases(assign.aliases); !aliases) return aliases.error();
  if (const auto authority = CheckAuthority(c.state, policy.policy, *id, c.signers); !authority) {
    return authority.error();
  }
  std::vector<PublicKey> keys;
  for (const KeyGrant& grant : assign.holding.keys) {
    if (grant.status != KeyStatus::kActive) return Refused("keys: a new key must be active");
    keys.push_back(grant.key);
  }
  if (const auto introduced = CheckIntroductions(keys, c.signers); !introduced)
    return introduced.error();

  Change change;
  if (const auto used = UseKeys(c, keys, id->text(), change); !used) return used.error();
  for (const auto& [scheme, value] : assign.aliases) {
    const auto owner = FindAlias(c.state, scheme, value);
    if (!owner) return owner.error();
    if (*owner)
      return Refused("alias-taken: " + scheme + " " + value + " is an alias of " +
                     (*owner)->text());
    Write(change, AliasKey(scheme, value), EncodeFields(*id));
  }
  Write(change, IdentifierKey(*id),
        EncodeFields(IdentifierState{IdStatus::kActive, c.ref(), c.ref()}));
  return change;
}

}  // namespace

Result<Change> Apply(const State& state, const VerifiedRecord& verified, Index index,
                     sys_seconds time) {
  const Context c{state, verified, index};
  Result<Change> change = Change{};
  if (const auto* genesis = std::get_if<Genesis>(&c.record.body)) {
    change = ApplyBody(c, *genesis);
  } else {
    const auto policy = FindPolicy(state);
    if (!policy) return policy.error();
    if (!*policy) return Refused("log-unfounded: the first record must be genesis");
    if (c.record.log != (*policy)->log)
      return Refused("log-other: the record belongs to another log");
    if (c.record.not_after && sys_seconds(std::chrono::seconds(*c.record.not_after)) < time) {
      return Refused("not-after: the record came too late");
    }
    change = ApplyBody(c, **policy, std::get<Assign>(c.record.body));
  }
  if (change) std::ranges::sort(change->writes, {}, &StateWrite::key);
  return change;
}

}  // namespace cityid

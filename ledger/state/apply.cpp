#include "ledger/state/apply.h"

#include <algorithm>
#include <map>

#include "ledger/state/revocation.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxPredecessors = 64;
constexpr std::uint64_t kRulesVersion = 1;

// The time of the rules is that of the last batch, which may lie back a while.
constexpr std::uint64_t kAhead = 86'400;

Error Refused(std::string rule) { return Error{Errc::kRefused, std::move(rule)}; }

/// What every rule looks at, and where its writes and new keys go.
struct Context {
  const State& state;
  const Record& record;
  const Placement& placement;
  const PolicyState* policy;  ///< null for genesis
  std::vector<PublicKey> new_keys;
  std::map<Bytes, Bytes> writes;

  const RecordRef& ref() const { return placement.ref; }
};

// Keys -------------------------------------------------------------------------------------------

/// Marks keys as used for ever, by whom; they must sign their introduction unless they sign in
/// another role anyway.
Result<void> UseKeys(Context& c, const std::vector<PublicKey>& keys, const std::string& owner) {
  for (const PublicKey& key : keys) {
    Bytes state_key = UsedKeyKey(key);
    const auto used = c.state.Get(state_key);
    if (!used) return used.error();
    if (*used || c.writes.contains(state_key)) {
      return Refused("key-used: " + Hex(key).substr(0, 16) + " is used elsewhere already");
    }
    c.writes[std::move(state_key)] = EncodeFields(owner);
  }
  return {};
}

Result<void> IntroduceKeys(Context& c, const std::vector<PublicKey>& keys,
                           const std::string& owner) {
  c.new_keys.insert(c.new_keys.end(), keys.begin(), keys.end());
  return UseKeys(c, keys, owner);
}

/// Those of `after` that are not in `before`.
std::vector<PublicKey> NewKeys(const std::vector<KeyGrant>& before,
                               const std::vector<KeyGrant>& after) {
  std::vector<PublicKey> added;
  for (const KeyGrant& grant : after) {
    if (std::ranges::find(before, grant.key, &KeyGrant::key) == before.end()) {
      added.push_back(grant.key);
    }
  }
  return added;
}

/// A key that is retired in the future would go on signing.
Result<void> CheckRetirements(const Context& c, const std::vector<KeyGrant>& keys) {
  const auto time = static_cast<std::uint64_t>(c.placement.time.time_since_epoch().count());
  for (const KeyGrant& grant : keys) {
    if (grant.retired_at.value_or(0) > time + kAhead) {
      return Refused("key-retired-ahead: a key is retired more than a day in the future");
    }
  }
  return {};
}

// Chains -----------------------------------------------------------------------------------------

/// The subject of a record about an identifier that must exist, with its state.
struct Subject {
  CityId id;
  IdentifierState state;
};

Result<CityId> SubjectId(const Context& c) {
  if (!c.record.subject) return Refused("subject: is missing");
  const auto id = CityId::Parse(*c.record.subject);
  if (!id) return Refused("subject: " + id.error().detail);
  return id;
}

Result<Subject> ExistingSubject(const Context& c) {
  const auto id = SubjectId(c);
  if (!id) return id.error();
  const auto found = FindIdentifier(c.state, *id);
  if (!found) return found.error();
  if (!*found) return Refused("subject-unknown: " + id->text() + " does not exist");
  return Subject{*id, **found};
}

/// From which statuses a record may follow.
struct StatusRow {
  RecordType type;
  bool active, suspended, superseded;  ///< never from withdrawn
};

constexpr StatusRow kStatusTable[] = {
    {RecordType::kUpdate, true, false, false},    {RecordType::kRecover, true, true, false},
    {RecordType::kSuspend, true, false, false},   {RecordType::kResume, false, true, false},
    {RecordType::kSupersede, true, true, false},  {RecordType::kRevoke, true, true, true},
    {RecordType::kRevokeCodes, true, true, true}, {RecordType::kAliases, true, true, false},
};

Result<void> CheckStatus(const Context& c, const Subject& subject) {
  const auto* row = std::ranges::find(kStatusTable, c.record.type(), &StatusRow::type);
  const IdStatus status = subject.state.status;
  const bool allowed = (status == IdStatus::kActive && row->active) ||
                       (status == IdStatus::kSuspended && row->suspended) ||
                       (status == IdStatus::kSuperseded && row->superseded);
  // The authority may take over a suspension that the holder made.
  const bool takes_over = c.record.type() == RecordType::kSuspend && !c.record.authority &&
                          status == IdStatus::kSuspended && subject.state.suspended_by_holder;
  if (!allowed && !takes_over) {
    return Refused("status: " + subject.id.text() + " is " + std::string(Name(status)));
  }
  return {};
}

Error Stale(const char* chain) {
  return Refused(std::string("previous-stale: not the head of the ") + chain);
}

/// The record extends the authority's chain of the subject.
Result<void> ExtendAuthority(const Context& c, Subject& subject) {
  if (c.record.authority) return Refused("fields: authority belongs to the holder's records");
  if (c.record.previous != subject.state.authority.hash) return Stale("authority's chain");
  subject.state.authority = c.ref();
  return {};
}

/// The record extends the holder's chain and builds on the authority's head, so that nothing signed
/// before a recovery or a suspension can follow it.
Result<void> ExtendHolder(const Context& c, Subject& subject) {
  if (c.record.previous != subject.state.holder.hash) return Stale("holder's chain");
  if (c.record.authority != subject.state.authority.hash) return Stale("authority's chain");
  subject.state.holder = c.ref();
  return {};
}

void Put(Context& c, const CityId& id, const IdentifierState& state) {
  c.writes[IdentifierKey(id)] = EncodeFields(state);
}

Result<void> CheckAncestorsActive(const State& state, const CityId& id) {
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

/// Points the aliases to the subject, and those that it had and has no more to nobody.
Result<void> PutAliases(Context& c, const CityId& id, const TextMap& before, const TextMap& after) {
  if (const auto checked = CheckAliases(after); !checked) return checked;
  for (const auto& [scheme, value] : before) c.writes[AliasKey(scheme, value)] = NoAlias();
  for (const auto& [scheme, value] : after) {
    const auto owner = FindAlias(c.state, scheme, value);
    if (!owner) return owner.error();
    if (*owner && **owner != id) {
      return Refused("alias-taken: " + scheme + " " + value + " is an alias of " +
                     (*owner)->text());
    }
    c.writes[AliasKey(scheme, value)] = EncodeFields(id);
  }
  return {};
}

// One function a type
// ------------------------------------------------------------------------------

Result<void> Rule(Context& c, const Genesis& genesis) {
  const auto founded = FindPolicy(c.state);
  if (!founded) return founded.error();
  if (*founded || c.ref().index != 0) return Refused("genesis-once: the log is founded already");
  if (c.record.log || c.record.subject || c.record.previous || c.record.authority ||
      c.record.not_after) {
    return Refused("genesis-fields: nothing precedes the first record");
  }
  if (!IsKeyName(genesis.origin)) return Refused("genesis-origin: spaces, '+', or too long");
  if (genesis.policy.version != 1) return Refused("policy-version: the first policy is version 1");
  if (const auto policy = CheckPolicy(genesis.policy); !policy) return policy;
  std::vector<PublicKey> introduced = genesis.policy.log_keys;
  std::vector<PublicKey> record_keys;
  for (const Institute& institute : genesis.policy.institutes) {
    introduced.push_back(institute.witness_key);
    record_keys.push_back(institute.record_key);
  }
  if (const auto used = IntroduceKeys(c, introduced, "policy"); !used) return used;
  // Institutes sign as such, which introduces their record keys as well.
  if (const auto used = UseKeys(c, record_keys, "policy"); !used) return used;
  c.writes[PolicyKey()] =
      EncodeFields(PolicyState{c.ref().hash, genesis.origin, c.ref(), genesis.policy});
  return {};
}

std::vector<PublicKey> KeysOf(const Policy& policy) {
  std::vector<PublicKey> keys = policy.log_keys;
  for (const Institute& institute : policy.institutes) {
    keys.push_back(institute.record_key);
    keys.push_back(institute.witness_key);
  }
  return keys;
}

Result<void> Rule(Context& c, const PolicyChange& change) {
  if (c.record.subject || c.record.authority) return Refused("fields: a policy has no subject");
  if (c.record.previous != c.policy->record.hash) return Stale("chain of policies");
  if (change.policy.version != c.policy->policy.version + 1) {
    return Refused("policy-version: must be " + std::to_string(c.policy->policy.version + 1));
  }
  if (const auto policy = CheckPolicy(change.policy); !policy) return policy;
  std::vector<PublicKey> added = KeysOf(change.policy);
  const std::vector<PublicKey> old = KeysOf(c.policy->policy);
  std::erase_if(added,
                [&](const PublicKey& key) { return std::ranges::find(old, key) != old.end(); });
  if (const auto used = IntroduceKeys(c, added, "policy"); !used) return used;
  c.writes[PolicyKey()] =
      EncodeFields(PolicyState{c.policy->log, c.policy->origin, c.ref(), change.policy});
  return {};
}

Result<void> Rule(Context& c, const Delegate& delegate) {
  if (c.record.authority) return Refused("fields: authority belongs to the holder's records");
  const auto prefix = Prefix::Parse(c.record.subject.value_or(""));
  if (!prefix) return Refused("subject: " + prefix.error().detail);
  const auto found = FindPrefix(c.state, *prefix);
  if (!found) return found.error();
  const std::optional<RecordHash> head =
      *found ? std::optional((*found)->record.hash) : std::optional<RecordHash>();
  if (c.record.previous != head) return Stale("prefix's chain");
  if (const auto registrar = CheckRegistrar(delegate.registrar); !registrar) return registrar;
  std::vector<PublicKey> added = delegate.registrar.keys;
  if (*found) {
    std::erase_if(added, [&](const PublicKey& key) {
      const auto& old = (*found)->registrar.keys;
      return std::ranges::find(old, key) != old.end();
    });
  } else if (added.empty()) {
    return Refused("registrar-keys: nothing to withdraw");
  }
  if (const auto used = IntroduceKeys(c, added, prefix->text()); !used) return used;
  c.writes[PrefixKey(*prefix)] = EncodeFields(PrefixState{c.ref(), delegate.registrar});
  return {};
}

Result<void> Rule(Context& c, const Assign& assign) {
  if (c.record.previous || c.record.authority) {
    return Refused("assign-fields: nothing precedes the first record of an identifier");
  }
  const auto id = SubjectId(c);
  if (!id) return id.error();
  const auto found = FindIdentifier(c.state, *id);
  if (!found) return found.error();
  if (*found)
    return Refused("assign-exists: " + id->text() +
                   " was assigned already, and no identifier is used twice");
  if (const auto ancestors = CheckAncestorsActive(c.state, *id); !ancestors) return ancestors;
  if (const auto holding = CheckHolding(assign.holding); !holding) return holding;
  if (const auto keys = CheckKeyChange({}, assign.holding.keys); !keys) return keys;
  const auto used = IntroduceKeys(c, NewKeys({}, assign.holding.keys), id->text());
  if (!used) return used;
  if (const auto aliases = PutAliases(c, *id, {}, assign.aliases); !aliases) return aliases;
  Put(c, *id, {IdStatus::kActive, c.ref(), c.ref(), c.ref(), c.ref(), c.ref(), {}, {}, false});
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Update& update) {
  if (const auto extended = ExtendHolder(c, subject); !extended) return extended;
  if (const auto holding = CheckHolding(update.holding); !holding) return holding;
  const auto before = ReadHolding(c.state, subject.state);
  if (!before) return before.error();
  const auto keys = CheckKeyChange(before->keys, update.holding.keys);
  if (!keys) return keys;
  const auto retired = CheckRetirements(c, update.holding.keys);
  if (!retired) return retired;
  const auto used = IntroduceKeys(c, NewKeys(before->keys, update.holding.keys), subject.id.text());
  if (!used) return used;
  subject.state.content = subject.state.keys = c.ref();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Recover& recover) {
  const auto before = ReadHolding(c.state, subject.state);
  if (!before) return before.error();
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  if (const auto keys = CheckKeys(recover.keys); !keys) return keys;
  const auto recovered = CheckRecoveredKeys(before->keys, recover.keys);
  if (!recovered) return recovered;
  if (const auto retired = CheckRetirements(c, recover.keys); !retired) return retired;
  const auto used = IntroduceKeys(c, NewKeys(before->keys, recover.keys), subject.id.text());
  if (!used) return used;
  subject.state.keys = c.ref();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Suspend&) {
  // The holder suspends in its own chain: a thief with its key can't move the authority's.
  const auto extended = c.record.authority ? ExtendHolder(c, subject) : ExtendAuthority(c, subject);
  if (!extended) return extended;
  subject.state.status = IdStatus::kSuspended;
  subject.state.suspended_by_holder = c.record.authority.has_value();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Resume&) {
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  subject.state.status = IdStatus::kActive;
  subject.state.suspended_by_holder = false;
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Supersede& supersede) {
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  const auto id = CityId::Parse(supersede.successor);
  if (!id) return Refused("successor: " + id.error().detail);
  if (Prefix(subject.id).Covers(*id)) {
    return Refused("successor: an identifier can't follow itself or be followed from below");
  }
  if (const auto ancestors = CheckAncestorsActive(c.state, *id); !ancestors) return ancestors;
  auto successor = FindIdentifier(c.state, *id);
  if (!successor) return successor.error();
  if (!*successor) return Refused("successor: " + id->text() + " does not exist");
  if ((*successor)->status != IdStatus::kActive) {
    return Refused("successor: " + id->text() + " is " + std::string(Name((*successor)->status)));
  }
  if ((*successor)->predecessors.size() == kMaxPredecessors) {
    return Refused("successor: " + id->text() + " has 64 predecessors already");
  }
  (*successor)->predecessors.push_back(subject.id);
  subject.state.status = IdStatus::kSuperseded;
  subject.state.suspended_by_holder = false;
  subject.state.successor = *id;
  Put(c, *id, **successor);
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Revoke&) {
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  subject.state.status = IdStatus::kWithdrawn;
  subject.state.suspended_by_holder = false;
  subject.state.successor.reset();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const Aliases& aliases) {
  const auto before = ReadAliases(c.state, subject.state);
  if (!before) return before.error();
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  if (const auto put = PutAliases(c, subject.id, *before, aliases.aliases); !put) return put;
  subject.state.aliases = c.ref();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(Context& c, Subject subject, const RevokeCodes& revoke) {
  if (c.record.previous || c.record.authority) {
    return Refused("fields: revocations stand in no chain");
  }
  const auto holding = ReadHolding(c.state, subject.state);
  if (!holding) return holding.error();
  const auto grant = std::ranges::find(holding->keys, revoke.key, &KeyGrant::key);
  if (grant == holding->keys.end() || grant->use != KeyUse::kCode) {
    return Refused("revoke-key: not a code key of " + subject.id.text());
  }
  auto revocations = Revocations(c.state, revoke);
  if (!revocations) return revocations.error();
  c.writes.merge(*revocations);
  return {};
}

/// A reason is text for people, wherever a record has one.
template <class Body>
Result<void> CheckReason(const Body& body) {
  if constexpr (requires { body.reason; }) {
    if (body.reason && !IsPlainText(*body.reason)) {
      return Refused("reason: must be 1 to 512 bytes without control characters");
    }
  }
  return {};
}

Result<void> Rule(Context&, const StateRoot&) { return Refused("state-root: nobody may sign one"); }

template <class Body>
constexpr bool kAboutSubject =
    !std::same_as<Body, Genesis> && !std::same_as<Body, PolicyChange> &&
    !std::same_as<Body, Delegate> && !std::same_as<Body, Assign> && !std::same_as<Body, StateRoot>;

Result<void> CheckRule(Context& c) {
  return std::visit(
      [&](const auto& body) -> Result<void> {
        if constexpr (kAboutSubject<std::decay_t<decltype(body)>>) {
          auto subject = ExistingSubject(c);
          if (!subject) return subject.error();
          if (const auto status = CheckStatus(c, *subject); !status) return status;
          if (const auto reason = CheckReason(body); !reason) return reason;
          return Rule(c, *std::move(subject), body);
        } else {
          return Rule(c, body);
        }
      },
      c.record.body);
}

}  // namespace

Result<void> CheckRulesVersion(const Record& record) {
  const Policy* policy = nullptr;
  if (const auto* genesis = std::get_if<Genesis>(&record.body)) policy = &genesis->policy;
  if (const auto* change = std::get_if<PolicyChange>(&record.body)) policy = &change->policy;
  if (policy != nullptr && policy->rules != kRulesVersion) {
    return Error{Errc::kUnsupported,
                 "policy-rules: this program knows version 1 of the rules, not " +
                     std::to_string(policy->rules) + "; install a newer one"};
  }
  return {};
}

Result<Judgement> Judge(const State& state, const Record& record, const Placement& placement) {
  Context c{state, record, placement, nullptr, {}, {}};
  std::optional<PolicyState> policy;
  if (record.type() != RecordType::kGenesis) {
    auto found = FindPolicy(state);
    if (!found) return found.error();
    if (!*found) return Refused("log-unfounded: the first record must be genesis");
    policy = *std::move(found);
    c.policy = &*policy;
    if (record.log != policy->log) return Refused("log-other: the record belongs to another log");
    const auto time = static_cast<std::uint64_t>(placement.time.time_since_epoch().count());
    if (record.not_after.value_or(time) < time) {
      return Refused("not-after: the record came too late");
    }
  }
  if (const auto rule = CheckRule(c); !rule) return rule.error();
  auto requirement = RequiredSigners(state, policy ? policy->policy : Policy{}, record);
  if (!requirement) return requirement.error();
  requirement->new_keys = std::move(c.new_keys);
  Judgement judgement{{}, *std::move(requirement)};
  for (auto& [key, value] : c.writes) judgement.change.writes.push_back({key, std::move(value)});
  return judgement;
}

Result<Change> Apply(const State& state, const VerifiedRecord& verified, Index index,
                     sys_seconds time) {
  auto judgement = Judge(state, verified.record(), {{index.value, verified.hash()}, time});
  if (!judgement) return judgement.error();
  const auto signers = CheckSigners(judgement->requirement, verified.signers());
  if (!signers) return signers.error();
  if (const auto known = CheckRulesVersion(verified.record()); !known) return known.error();
  return std::move(judgement->change);
}

}  // namespace cityid

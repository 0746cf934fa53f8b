// The rules about identifiers.
#include <algorithm>

#include "codec/time_text.h"
#include "ledger/state/revocation.h"
#include "ledger/state/rules.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxPredecessors = 64;

/// Seconds by which the time of the rules, which is that of the last batch, may be behind.
constexpr std::uint64_t kAhead = 86'400;

/// Returns the keys of `after` that are not in `before`.
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

/// Refuses keys that are retired in the future, because they would go on signing.
Result<void> CheckRetirements(const RuleContext& c, const std::vector<KeyGrant>& keys) {
  const auto time = SecondsOf(c.placement.time);
  for (const KeyGrant& grant : keys) {
    if (grant.retired_at.value_or(0) > time + kAhead) {
      return RefusedBy("key-retired-ahead: a key is retired more than a day in the future");
    }
  }
  return {};
}

/// Checks that the record extends the authority's chain of the subject.
Result<void> CheckAuthority(const RuleContext& c, const RegisteredId& subject) {
  if (c.record.authority) return RefusedBy("fields: authority belongs to the holder's records");
  if (c.record.previous != subject.state.authority.hash) return Stale("authority's chain");
  return {};
}

/// Makes the record the head of the authority's chain.
Result<void> ExtendAuthority(const RuleContext& c, RegisteredId& subject) {
  if (const auto extends = CheckAuthority(c, subject); !extends) return extends;
  subject.state.authority = c.ref();
  return {};
}

/// Makes the record the head of the holder's chain. It must name the head of the authority's chain,
/// so that a record signed before a recovery or a suspension can't follow it.
Result<void> ExtendHolder(const RuleContext& c, RegisteredId& subject) {
  if (c.record.previous != subject.state.holder.hash) return Stale("holder's chain");
  if (c.record.authority != subject.state.authority.hash) return Stale("authority's chain");
  subject.state.holder = c.ref();
  return {};
}

void Put(RuleContext& c, const CityId& id, const IdentifierState& state) {
  c.writes[IdentifierKey(id)] = EncodeFields(state);
}

Result<void> CheckAncestorsActive(const State& state, const CityId& id) {
  for (auto ancestor = id.Parent(); ancestor; ancestor = ancestor->Parent()) {
    const auto found = FindIdentifier(state, *ancestor);
    if (!found) return found.error();
    if (!*found) return RefusedBy("parent-unknown: " + ancestor->text() + " does not exist");
    if ((*found)->status != IdStatus::kActive) {
      return RefusedBy("parent-inactive: " + ancestor->text() + " is " +
                       std::string(Name((*found)->status)));
    }
  }
  return {};
}

/// Makes `after` the aliases of the subject, and those of `before` that are not among them
/// nobody's.
Result<void> PutAliases(RuleContext& c, const CityId& id, const TextMap& before,
                        const TextMap& after) {
  if (const auto checked = CheckAliases(after); !checked) return checked;
  for (const auto& [scheme, value] : before) c.writes[AliasKey(scheme, value)] = NoAlias();
  for (const auto& [scheme, value] : after) {
    const auto owner = FindAlias(c.state, scheme, value);
    if (!owner) return owner.error();
    if (*owner && **owner != id) {
      return RefusedBy("alias-taken: " + scheme + " " + value + " is an alias of " +
                       (*owner)->text());
    }
    c.writes[AliasKey(scheme, value)] = EncodeFields(id);
  }
  return {};
}

/// Puts the subject into a status, in the authority's chain.
Result<void> SetStatus(RuleContext& c, RegisteredId& subject, IdStatus status) {
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  subject.state.status = status;
  subject.state.suspended_by_holder = false;
  Put(c, subject.id, subject.state);
  return {};
}

}  // namespace

Result<CityId> SubjectId(const RuleContext& c) {
  if (!c.record.subject) return RefusedBy("subject: is missing");
  const auto id = CityId::Parse(*c.record.subject);
  if (!id) return RefusedBy("subject: " + id.error().detail);
  return id;
}

Result<void> Rule(RuleContext& c, const Assign& assign) {
  if (c.record.previous || c.record.authority) {
    return RefusedBy("assign-fields: nothing precedes the first record of an identifier");
  }
  const auto id = SubjectId(c);
  if (!id) return id.error();
  const auto found = FindIdentifier(c.state, *id);
  if (!found) return found.error();
  if (*found)
    return RefusedBy("assign-exists: " + id->text() +
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

Result<void> Rule(RuleContext& c, RegisteredId subject, const Update& update) {
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

Result<void> Rule(RuleContext& c, RegisteredId subject, const Recover& recover) {
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

Result<void> Rule(RuleContext& c, RegisteredId subject, const Suspend&) {
  // The holder suspends in its own chain, so that a thief of its key can't move the authority's.
  const auto extended = c.record.authority ? ExtendHolder(c, subject) : ExtendAuthority(c, subject);
  if (!extended) return extended;
  subject.state.status = IdStatus::kSuspended;
  subject.state.suspended_by_holder = c.record.authority.has_value();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(RuleContext& c, RegisteredId subject, const Resume&) {
  return SetStatus(c, subject, IdStatus::kActive);
}

Result<void> Rule(RuleContext& c, RegisteredId subject, const Supersede& supersede) {
  if (const auto extends = CheckAuthority(c, subject); !extends) return extends;
  const auto id = CityId::Parse(supersede.successor);
  if (!id) return RefusedBy("successor: " + id.error().detail);
  if (Prefix(subject.id).Covers(*id)) {
    return RefusedBy("successor: an identifier can't follow itself or be followed from below");
  }
  if (const auto ancestors = CheckAncestorsActive(c.state, *id); !ancestors) return ancestors;
  auto successor = FindIdentifier(c.state, *id);
  if (!successor) return successor.error();
  if (!*successor) return RefusedBy("successor: " + id->text() + " does not exist");
  if ((*successor)->status != IdStatus::kActive) {
    return RefusedBy("successor: " + id->text() + " is " + std::string(Name((*successor)->status)));
  }
  if ((*successor)->predecessors.size() == kMaxPredecessors) {
    return RefusedBy("successor: " + id->text() + " has 64 predecessors already");
  }
  (*successor)->predecessors.push_back(subject.id);
  Put(c, *id, **successor);
  subject.state.successor = *id;
  return SetStatus(c, subject, IdStatus::kSuperseded);
}

Result<void> Rule(RuleContext& c, RegisteredId subject, const Revoke&) {
  subject.state.successor.reset();
  return SetStatus(c, subject, IdStatus::kWithdrawn);
}

Result<void> Rule(RuleContext& c, RegisteredId subject, const Aliases& aliases) {
  const auto before = ReadAliases(c.state, subject.state);
  if (!before) return before.error();
  if (const auto extended = ExtendAuthority(c, subject); !extended) return extended;
  if (const auto put = PutAliases(c, subject.id, *before, aliases.aliases); !put) return put;
  subject.state.aliases = c.ref();
  Put(c, subject.id, subject.state);
  return {};
}

Result<void> Rule(RuleContext& c, RegisteredId subject, const RevokeCodes& revoke) {
  if (c.record.previous || c.record.authority) {
    return RefusedBy("fields: revocations stand in no chain");
  }
  const auto holding = ReadHolding(c.state, subject.state);
  if (!holding) return holding.error();
  const auto grant = std::ranges::find(holding->keys, revoke.key, &KeyGrant::key);
  if (grant == holding->keys.end() || grant->use != KeyUse::kCode) {
    return RefusedBy("revoke-key: not a code key of " + subject.id.text());
  }
  auto revocations = Revocations(c.state, revoke);
  if (!revocations) return revocations.error();
  c.writes.merge(*revocations);
  return {};
}

}  // namespace cityid

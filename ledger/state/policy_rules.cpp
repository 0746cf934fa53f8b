// The rules about the policy and about delegated prefixes, and the use of keys.
#include <algorithm>

#include "ledger/state/rules.h"

namespace cityid {
namespace {

std::vector<PublicKey> KeysOf(const Policy& policy) {
  std::vector<PublicKey> keys = policy.log_keys;
  for (const Institute& institute : policy.institutes) {
    keys.push_back(institute.record_key);
    keys.push_back(institute.witness_key);
  }
  return keys;
}

/// Removes the keys that are in `old`.
void RemoveKeys(std::vector<PublicKey>& keys, const std::vector<PublicKey>& old) {
  std::erase_if(keys,
                [&](const PublicKey& key) { return std::ranges::find(old, key) != old.end(); });
}

}  // namespace

Result<void> UseKeys(RuleContext& c, const std::vector<PublicKey>& keys, const std::string& owner) {
  for (const PublicKey& key : keys) {
    Bytes state_key = UsedKeyKey(key);
    const auto used = c.state.Get(state_key);
    if (!used) return used.error();
    if (*used || c.writes.contains(state_key)) {
      return RefusedBy("key-used: " + Hex(key).substr(0, 16) + " is used elsewhere already");
    }
    c.writes[std::move(state_key)] = EncodeFields(owner);
  }
  return {};
}

Result<void> IntroduceKeys(RuleContext& c, const std::vector<PublicKey>& keys,
                           const std::string& owner) {
  c.new_keys.insert(c.new_keys.end(), keys.begin(), keys.end());
  return UseKeys(c, keys, owner);
}

Error Stale(const char* chain) {
  return RefusedBy(std::string("previous-stale: not the head of the ") + chain);
}

Result<void> Rule(RuleContext& c, const Genesis& genesis) {
  const auto founded = FindPolicy(c.state);
  if (!founded) return founded.error();
  if (*founded || c.ref().index != 0) return RefusedBy("genesis-once: the log is founded already");
  if (c.record.log || c.record.subject || c.record.previous || c.record.authority ||
      c.record.not_after) {
    return RefusedBy("genesis-fields: nothing precedes the first record");
  }
  if (!IsKeyName(genesis.origin)) return RefusedBy("genesis-origin: spaces, '+', or too long");
  if (genesis.policy.version != 1)
    return RefusedBy("policy-version: the first policy is version 1");
  if (const auto policy = CheckPolicy(genesis.policy); !policy) return policy;
  std::vector<PublicKey> introduced = genesis.policy.log_keys;
  std::vector<PublicKey> record_keys;
  for (const Institute& institute : genesis.policy.institutes) {
    introduced.push_back(institute.witness_key);
    record_keys.push_back(institute.record_key);
  }
  if (const auto used = IntroduceKeys(c, introduced, "policy"); !used) return used;
  // The institutes' own signatures introduce their record keys.
  if (const auto used = UseKeys(c, record_keys, "policy"); !used) return used;
  c.writes[PolicyKey()] =
      EncodeFields(PolicyState{c.ref().hash, genesis.origin, c.ref(), genesis.policy});
  return {};
}

Result<void> Rule(RuleContext& c, const PolicyChange& change) {
  if (c.record.subject || c.record.authority) return RefusedBy("fields: a policy has no subject");
  if (c.record.previous != c.policy->record.hash) return Stale("chain of policies");
  if (change.policy.version != c.policy->policy.version + 1) {
    return RefusedBy("policy-version: must be " + std::to_string(c.policy->policy.version + 1));
  }
  if (const auto policy = CheckPolicy(change.policy); !policy) return policy;
  if (change.policy.rules < c.policy->policy.rules) {
    return RefusedBy("policy-rules: version " + std::to_string(c.policy->policy.rules) +
                     " of the rules is in force, and it is never lowered");
  }
  std::vector<PublicKey> added = KeysOf(change.policy);
  RemoveKeys(added, KeysOf(c.policy->policy));
  if (const auto used = IntroduceKeys(c, added, "policy"); !used) return used;
  c.writes[PolicyKey()] =
      EncodeFields(PolicyState{c.policy->log, c.policy->origin, c.ref(), change.policy});
  return {};
}

Result<void> Rule(RuleContext& c, const Delegate& delegate) {
  if (c.record.authority) return RefusedBy("fields: authority belongs to the holder's records");
  const auto prefix = Prefix::Parse(c.record.subject.value_or(""));
  if (!prefix) return RefusedBy("subject: " + prefix.error().detail);
  const auto found = FindPrefix(c.state, *prefix);
  if (!found) return found.error();
  const auto head = *found ? std::optional((*found)->record.hash) : std::nullopt;
  if (c.record.previous != head) return Stale("prefix's chain");
  if (const auto registrar = CheckRegistrar(delegate.registrar); !registrar) return registrar;
  std::vector<PublicKey> added = delegate.registrar.keys;
  if (*found) {
    RemoveKeys(added, (*found)->registrar.keys);
  } else if (added.empty()) {
    return RefusedBy("registrar-keys: nothing to withdraw");
  }
  if (const auto used = IntroduceKeys(c, added, prefix->text()); !used) return used;
  c.writes[PrefixKey(*prefix)] = EncodeFields(PrefixState{c.ref(), delegate.registrar});
  return {};
}

Result<void> Rule(RuleContext&, const StateRoot&) {
  return RefusedBy("state-root: nobody may sign one");
}

}  // namespace cityid

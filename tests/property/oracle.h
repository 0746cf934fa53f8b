// Who may do what, written a second time: simpler than the rules, and slower.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/state/apply.h"
#include "tests/world/consortium.h"

namespace cityid::testing {

// The table of authority as the design says it, read from the list of accepted records each time:
// slow, and without a state.
class Oracle {
 public:
  void Accept(const Record& record) { accepted_.push_back(record); }

  bool Allows(const Record& record, const std::vector<Signer>& signers) const {
    std::set<PublicKey> introduced;
    std::map<Role, std::set<PublicKey>> others;
    for (const Signer& signer : signers) {
      if (signer.role == Role::kNewKey) {
        introduced.insert(signer.key);
      } else {
        others[signer.role].insert(signer.key);
      }
    }
    if (introduced != NewKeysOf(record) || others.size() != 1) return false;
    const auto& [role, keys] = *others.begin();
    const std::string subject = record.subject.value_or("");
    switch (record.type()) {
      case RecordType::kPolicy:
        return AreInstitutes(role, keys);
      case RecordType::kDelegate:
        return AreInstitutes(role, keys) || AreRegistrar(role, keys, Above(subject));
      case RecordType::kUpdate:
        return IsHolder(role, keys, subject);
      case RecordType::kSuspend:
        // The holder's own names the authority's head.
        return record.authority ? IsHolder(role, keys, subject) : HasAuthority(role, keys, subject);
      case RecordType::kRevokeCodes:
        return IsHolder(role, keys, subject) || HasAuthority(role, keys, subject);
      case RecordType::kAssign:
      case RecordType::kRecover:
      case RecordType::kResume:
      case RecordType::kSupersede:
      case RecordType::kRevoke:
      case RecordType::kAliases:
        return HasAuthority(role, keys, subject);
      case RecordType::kGenesis:
      case RecordType::kStateRoot:
        return false;
    }
    return false;
  }

 private:
  static std::string Above(const std::string& text) {
    // MA.156 is the shortest there is.
    return std::count(text.begin(), text.end(), '.') < 2 ? "" : text.substr(0, text.rfind('.'));
  }

  const Policy& PolicyNow() const {
    const Policy* policy = nullptr;
    for (const Record& record : accepted_) {
      if (const auto* genesis = std::get_if<Genesis>(&record.body)) policy = &genesis->policy;
      if (const auto* change = std::get_if<PolicyChange>(&record.body)) policy = &change->policy;
    }
    return *policy;
  }
  const std::vector<KeyGrant>* KeysOf(const std::string& id) const {
    const std::vector<KeyGrant>* keys = nullptr;
    for (const Record& record : accepted_) {
      if (record.subject != id) continue;
      if (const auto* assign = std::get_if<Assign>(&record.body)) keys = &assign->holding.keys;
      if (const auto* update = std::get_if<Update>(&record.body)) keys = &update->holding.keys;
      if (const auto* recover = std::get_if<Recover>(&record.body)) keys = &recover->keys;
    }
    return keys;
  }
  bool IsActive(const std::string& id) const {
    bool active = false;
    for (const Record& record : accepted_) {
      if (record.subject != id) continue;
      const RecordType type = record.type();
      if (type == RecordType::kAssign || type == RecordType::kResume) active = true;
      if (type == RecordType::kSuspend || type == RecordType::kSupersede ||
          type == RecordType::kRevoke) {
        active = false;
      }
    }
    return active;
  }
  const Registrar* RegistrarOf(const std::string& prefix) const {
    const Registrar* registrar = nullptr;
    for (const Record& record : accepted_) {
      const auto* delegate = std::get_if<Delegate>(&record.body);
      if (delegate && record.subject == prefix) registrar = &delegate->registrar;
    }
    return registrar && !registrar->keys.empty() ? registrar : nullptr;
  }
  static std::set<PublicKey> All(const Policy& policy) {
    std::set<PublicKey> keys(policy.log_keys.begin(), policy.log_keys.end());
    for (const Institute& institute : policy.institutes) {
      keys.insert(institute.record_key);
      keys.insert(institute.witness_key);
    }
    return keys;
  }
  std::set<PublicKey> NewKeysOf(const Record& record) const {
    std::set<PublicKey> after;
    std::set<PublicKey> before;
    const std::vector<KeyGrant>* grants = nullptr;
    if (const auto* assign = std::get_if<Assign>(&record.body)) grants = &assign->holding.keys;
    if (const auto* update = std::get_if<Update>(&record.body)) grants = &update->holding.keys;
    if (const auto* recover = std::get_if<Recover>(&record.body)) grants = &recover->keys;
    if (grants) {
      for (const KeyGrant& grant : *grants) after.insert(grant.key);
      if (const auto* old = KeysOf(*record.subject)) {
        for (const KeyGrant& grant : *old) before.insert(grant.key);
      }
    }
    if (const auto* delegate = std::get_if<Delegate>(&record.body)) {
      after.insert(delegate->registrar.keys.begin(), delegate->registrar.keys.end());
      if (const Registrar* old = RegistrarOf(*record.subject))
        before.insert(old->keys.begin(), old->keys.end());
    }
    if (const auto* change = std::get_if<PolicyChange>(&record.body)) {
      after = All(change->policy);
      before = All(PolicyNow());
    }
    for (const PublicKey& key : before) after.erase(key);
    return after;
  }

  bool AreInstitutes(Role role, const std::set<PublicKey>& keys) const {
    std::set<PublicKey> members;
    for (const Institute& institute : PolicyNow().institutes) members.insert(institute.record_key);
    return role == Role::kInstitute && keys.size() == PolicyNow().quorum && Within(keys, members);
  }
  bool IsRecordKey(const std::set<PublicKey>& keys, const std::string& id) const {
    if (keys.size() != 1 || KeysOf(id) == nullptr) return false;
    for (const KeyGrant& grant : *KeysOf(id)) {
      if (grant.key == *keys.begin())
        return grant.use == KeyUse::kRecord && grant.status == KeyStatus::kActive;
    }
    return false;
  }
  bool IsHolder(Role role, const std::set<PublicKey>& keys, const std::string& id) const {
    return role == Role::kHolder && IsActive(id) && IsRecordKey(keys, id);
  }
  /// The registrar of the longest delegated prefix at or above `text`.
  bool AreRegistrar(Role role, const std::set<PublicKey>& keys, const std::string& text) const {
    for (std::string prefix = text; !prefix.empty(); prefix = Above(prefix)) {
      if (const Registrar* registrar = RegistrarOf(prefix)) {
        const std::set members(registrar->keys.begin(), registrar->keys.end());
        return role == Role::kRegistrar && keys.size() == registrar->threshold &&
               Within(keys, members);
      }
    }
    return false;
  }
  bool HasAuthority(Role role, const std::set<PublicKey>& keys, const std::string& id) const {
    if (AreInstitutes(role, keys)) return true;
    for (std::string ancestor = Above(id); !ancestor.empty(); ancestor = Above(ancestor)) {
      if (IsActive(ancestor)) return role == Role::kAncestor && IsRecordKey(keys, ancestor);
    }
    return AreRegistrar(role, keys, id);
  }
  static bool Within(const std::set<PublicKey>& keys, const std::set<PublicKey>& members) {
    return std::includes(members.begin(), members.end(), keys.begin(), keys.end());
  }

  std::vector<Record> accepted_;
};

}  // namespace cityid::testing

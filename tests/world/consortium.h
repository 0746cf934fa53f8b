// Three institutes that need two to act, and what they and cities sign.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/record/signed_record.h"
#include "ledger/state/apply.h"
#include "ledger/state/state.h"
#include "ledger/store/replica.h"
#include "tests/world/memory_state.h"
#include "tests/world/temporary_directory.h"

namespace cityid::testing {

inline constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};

/// A deterministic key; another one for each name.
inline SecretKey KeyNamed(std::string_view name) {
  return SecretKey::FromSeed(*Seed::From(Sha256(AsBytes(name)).view()));
}

inline CityId Id(std::string_view text) { return *CityId::Parse(text); }

inline KeyGrant RecordKey(const SecretKey& key) {
  return {key.public_key(), KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}};
}

inline KeyGrant CodeKey(const SecretKey& key, std::vector<Purpose> purposes,
                        std::uint8_t depth = 0) {
  return {key.public_key(), KeyUse::kCode, std::move(purposes), depth, KeyStatus::kActive, {}};
}

class Consortium {
 public:
  explicit Consortium(std::size_t institutes = 3, std::uint8_t quorum = 2)
      : log_key_(KeyNamed("log")) {
    policy_.rules = kNewestRules;
    policy_.quorum = quorum;
    policy_.log_keys = {log_key_.public_key()};
    policy_.hosts = {"id.example.cn"};
    for (std::size_t i = 0; i < institutes; ++i) {
      const std::string name = "institute-" + std::to_string(i) + ".example";
      record_keys_.push_back(KeyNamed(name));
      witness_keys_.push_back(KeyNamed(name + " witness"));
      policy_.institutes.push_back({name,
                                    {{"en", "Institute"}},
                                    record_keys_[i].public_key(),
                                    witness_keys_[i].public_key()});
    }
    genesis_ = *SignRecord(GenesisRecord(), GenesisKeys());
    log_ = HashRecord(genesis_);
  }

  Record GenesisRecord() const {
    return {{}, {}, {}, {}, {}, Genesis{"id.example.cn/ledger", policy_}};
  }
  std::vector<SigningKey> GenesisKeys() const {
    std::vector<SigningKey> keys = {{Role::kNewKey, &log_key_}};
    for (const SecretKey& key : record_keys_) keys.push_back({Role::kInstitute, &key});
    for (const SecretKey& key : witness_keys_) keys.push_back({Role::kNewKey, &key});
    return keys;
  }

  /// The first `count` institutes.
  std::vector<SigningKey> Institutes(std::size_t count) const {
    std::vector<SigningKey> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back({Role::kInstitute, &record_keys_[i]});
    return keys;
  }

  Record AssignRecord(const std::string& id, std::vector<KeyGrant> keys) const {
    Assign assign;
    assign.holding.metadata.names = {{"en", "City " + id}};
    assign.holding.metadata.level = "city";
    assign.holding.keys = std::move(keys);
    return {log_, id, {}, {}, {}, assign};
  }

  /// An assignment of `id` with the record key "<id> record" and the code key "<id> code", signed
  /// by those and by `authority`.
  Bytes AssignEntry(const std::string& id, std::vector<SigningKey> authority,
                    std::uint8_t depth = 1) const {
    const SecretKey record_key = KeyNamed(id + " record");
    const SecretKey code_key = KeyNamed(id + " code");
    authority.push_back({Role::kNewKey, &record_key});
    authority.push_back({Role::kNewKey, &code_key});
    return *SignRecord(
        AssignRecord(id, {RecordKey(record_key),
                          CodeKey(code_key, {Purpose::kCity, Purpose::kUnit}, depth)}),
        authority);
  }

  const Bytes& genesis() const { return genesis_; }
  const RecordHash& log() const { return log_; }
  Policy& policy() { return policy_; }
  const SecretKey& record_key(std::size_t i) const { return record_keys_[i]; }

 private:
  SecretKey log_key_;
  std::vector<SecretKey> record_keys_;
  std::vector<SecretKey> witness_keys_;
  Policy policy_;
  Bytes genesis_;
  RecordHash log_;
};

/// Applies an entry to a state in memory as a ledger would; the rule's text if it was refused.
inline std::string Feed(MemoryState& state, ByteView entry, std::chrono::sys_seconds time = kNow) {
  const Index index{state.size()};
  const auto verified = VerifyRecord(entry);
  if (!verified) return verified.error().detail;
  const auto change = Apply(state, *verified, index, time);
  if (!change) return change.error().detail;
  state.AddEntry(entry);
  for (const auto& [key, value] : change->writes) state.Put(key, value);
  return "applied";
}

/// Who signs, in which role: the name of a key, as `KeyNamed` takes it.
using NamedSigner = std::pair<Role, std::string>;

inline Bytes SignNamed(const Record& record, const std::vector<NamedSigner>& signers) {
  std::vector<SecretKey> keys;
  for (const auto& [role, name] : signers) keys.push_back(KeyNamed(name));
  std::vector<SigningKey> signing;
  for (std::size_t i = 0; i < signers.size(); ++i) signing.push_back({signers[i].first, &keys[i]});
  return *SignRecord(record, signing);
}

/// The first `count` institutes of a `Consortium`.
inline std::vector<NamedSigner> InstitutesNamed(std::size_t count) {
  std::vector<NamedSigner> signers;
  for (std::size_t i = 0; i < count; ++i) {
    signers.emplace_back(Role::kInstitute, "institute-" + std::to_string(i) + ".example");
  }
  return signers;
}

inline std::vector<NamedSigner> With(std::vector<NamedSigner> signers,
                                     const std::vector<NamedSigner>& more) {
  signers.insert(signers.end(), more.begin(), more.end());
  return signers;
}

inline Holding HoldingOf(std::vector<KeyGrant> keys) {
  Holding holding;
  holding.metadata.names = {{"en", "Name"}};
  holding.metadata.level = "city";
  holding.keys = std::move(keys);
  return holding;
}

/// What `Feed` answered without its explanation: "applied" or the name of the rule.
inline std::string RuleOf(const std::string& answer) { return answer.substr(0, answer.find(':')); }

/// Records that follow the heads which `state` has now; those of the holder's chain name the
/// authority's head as well.
inline Record ByAuthority(const State& state, const std::string& id, RecordBody body) {
  return {(*FindPolicy(state))->log,
          id,
          (*FindIdentifier(state, Id(id)))->authority.hash,
          {},
          {},
          std::move(body)};
}
inline Record ByHolder(const State& state, const std::string& id, RecordBody body) {
  const auto found = **FindIdentifier(state, Id(id));
  return {(*FindPolicy(state))->log, id, found.holder.hash,
          found.authority.hash,      {}, std::move(body)};
}
/// One that stands in no chain: `assign` and `revoke-codes`.
inline Record InNoChain(const State& state, const std::string& id, RecordBody body) {
  return {(*FindPolicy(state))->log, id, {}, {}, {}, std::move(body)};
}
inline Record OfPrefix(const MemoryState& state, const std::string& prefix, Registrar registrar) {
  const auto found = *FindPrefix(state, *Prefix::Parse(prefix));
  return {(*FindPolicy(state))->log,
          prefix,
          found ? std::optional(found->record.hash) : std::nullopt,
          {},
          {},
          Delegate{std::move(registrar)}};
}
inline Record NextPolicy(const MemoryState& state, Policy policy) {
  const auto found = **FindPolicy(state);
  return {found.log, {}, found.record.hash, {}, {}, PolicyChange{std::move(policy)}};
}

using ScratchDirectory = TemporaryDirectory;

}  // namespace cityid::testing

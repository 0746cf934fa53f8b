// What the tests of rules begin with: a state in memory, and what cities and institutes sign.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ledger/state/apply.h"
#include "tests/world/consortium.h"

namespace cityid::testing {

inline const std::string kCity = "MA.156.1301";
inline const std::string kOther = "MA.156.1302";
inline const std::string kThird = "MA.156.1303";
inline const std::string kUnit = "MA.156.1301.02";
inline const std::string kDevice = "MA.156.1301.02.A";

inline std::vector<NamedSigner> NewKeys(const std::vector<std::string>& names) {
  std::vector<NamedSigner> signers;
  for (const std::string& name : names) signers.emplace_back(Role::kNewKey, name);
  return signers;
}

/// Each test begins with a founded log and no city.
class RulesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(testing::Feed(state_, consortium_.genesis()), "applied"); }

  /// "applied" or the name of the rule.
  std::string Feed(ByteView entry, std::chrono::sys_seconds time = kNow) {
    return RuleOf(testing::Feed(state_, entry, time));
  }
  std::string FeedByInstitutes(const Record& record, const std::vector<std::string>& added = {}) {
    return Feed(SignNamed(record, With(InstitutesNamed(2), NewKeys(added))));
  }
  std::string FeedByHolder(const Record& record, const std::vector<std::string>& added = {}) {
    return Feed(SignByHolder(record, added));
  }
  Bytes SignByHolder(const Record& record, const std::vector<std::string>& added = {}) {
    return SignNamed(record, With({{Role::kHolder, *record.subject + " record"}}, NewKeys(added)));
  }
  /// With the keys "<id> record" and "<id> code".
  void Assign(const std::string& id) {
    ASSERT_EQ(Feed(consortium_.AssignEntry(id, consortium_.Institutes(2))), "applied");
  }
  Record AssignRecord(const std::string& id, const std::string& key, TextMap aliases = {}) {
    return InNoChain(state_, id,
                     cityid::Assign{HoldingOf({RecordKey(KeyNamed(key))}), std::move(aliases)});
  }
  Record Authority(const std::string& id, RecordBody body) {
    return ByAuthority(state_, id, std::move(body));
  }
  Record Holder(const std::string& id, RecordBody body) {
    return ByHolder(state_, id, std::move(body));
  }
  IdentifierState StateOf(const std::string& id) { return **FindIdentifier(state_, Id(id)); }
  IdStatus StatusOf(const std::string& id) { return StateOf(id).status; }
  Holding HoldingNow(const std::string& id) { return *ReadHolding(state_, StateOf(id)); }

  /// All old keys compromised, and new ones.
  Recover RecoverTo(const std::string& id, const std::vector<std::string>& names) {
    Recover recover{HoldingNow(id).keys};
    for (KeyGrant& key : recover.keys) {
      key.status = KeyStatus::kCompromised;
      key.retired_at.reset();
    }
    for (const std::string& name : names) recover.keys.push_back(RecordKey(KeyNamed(name)));
    return recover;
  }
  Update UpdateOf(const std::string& id, const std::string& name) {
    Update update{HoldingNow(id)};
    update.holding.metadata.names["en"] = name;
    return update;
  }
  /// An update of `kCity` that changes the keys only.
  std::string FeedKeys(std::vector<KeyGrant> keys, const std::vector<std::string>& added = {}) {
    Update update{HoldingNow(kCity)};
    update.holding.keys = std::move(keys);
    return FeedByHolder(Holder(kCity, update), added);
  }

  Consortium consortium_;
  MemoryState state_;
};

}  // namespace cityid::testing

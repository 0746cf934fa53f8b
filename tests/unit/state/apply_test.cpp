#include "ledger/state/apply.h"

#include <gtest/gtest.h>

#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::Feed;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;

class ApplyTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(Feed(state_, consortium_.genesis()), "applied"); }

  /// Signs with two institutes and the named new keys.
  std::string FeedSigned(const Record& record, std::vector<std::string> new_keys,
                         std::size_t institutes = 2) {
    std::vector<SecretKey> keys;
    for (const std::string& name : new_keys) keys.push_back(KeyNamed(name));
    auto signing = consortium_.Institutes(institutes);
    for (const SecretKey& key : keys) signing.push_back({Role::kNewKey, &key});
    return Feed(state_, *SignRecord(record, signing));
  }
  std::string FeedCity(const std::string& id) {
    return Feed(state_, consortium_.AssignEntry(id, consortium_.Institutes(2)));
  }

  Consortium consortium_;
  MemoryState state_;
};

TEST_F(ApplyTest, GenesisPutsThePolicyInForce) {
  const auto policy = FindPolicy(state_);
  ASSERT_TRUE(policy && *policy);
  EXPECT_EQ((*policy)->policy, consortium_.policy());
  EXPECT_EQ((*policy)->log, consortium_.log());
}

TEST_F(ApplyTest, RefusesASecondGenesis) {
  EXPECT_EQ(Feed(state_, consortium_.genesis()).substr(0, 12), "genesis-once");
}

TEST_F(ApplyTest, RefusesAnythingBeforeGenesis) {
  MemoryState empty;
  EXPECT_EQ(
      Feed(empty, consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(2))).substr(0, 12),
      "log-unfounde");
}

TEST_F(ApplyTest, AssignsACityWithTheQuorum) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  const auto found = FindIdentifier(state_, Id("MA.156.1301"));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->holder.index, 1u);
  const auto holding = ReadHolding(state_, **found);
  ASSERT_TRUE(holding);
  EXPECT_EQ(holding->metadata.names.at("en"), "City MA.156.1301");
}

TEST_F(ApplyTest, RefusesFewerAndMoreThanTheQuorum) {
  for (const std::size_t count : {1, 3}) {
    const auto refused =
        Feed(state_, consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(count)));
    EXPECT_EQ(refused.substr(0, 13), "signer-quorum") << count;
  }
}

TEST_F(ApplyTest, RefusesAStrangerAmongTheInstitutes) {
  const SecretKey stranger = KeyNamed("stranger");
  auto signing = consortium_.Institutes(1);
  signing.push_back({Role::kInstitute, &stranger});
  EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301", signing)).substr(0, 16),
            "signer-stranger:");
}

TEST_F(ApplyTest, RefusesAnIdentifierThatExists) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  const SecretKey other = KeyNamed("other");
  EXPECT_EQ(
      FeedSigned(consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(other)}), {"other"})
          .substr(0, 13),
      "assign-exists");
}

TEST_F(ApplyTest, RefusesAnotherLogsRecord) {
  Record record = consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  record.log = RecordHash{};
  EXPECT_EQ(FeedSigned(record, {"a"}).substr(0, 9), "log-other");
}

TEST_F(ApplyTest, RefusesARecordThatComesTooLate) {
  Record record = consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  const auto now = static_cast<std::uint64_t>(kNow.time_since_epoch().count());
  record.not_after = now - 1;
  EXPECT_EQ(FeedSigned(record, {"a"}).substr(0, 9), "not-after");
  record.not_after = now;
  EXPECT_EQ(FeedSigned(record, {"a"}), "applied");
}

TEST_F(ApplyTest, RefusesANewKeyThatDidNotIntroduceItself) {
  const Record record =
      consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  EXPECT_EQ(FeedSigned(record, {}).substr(0, 14), "signer-new-key");
  EXPECT_EQ(FeedSigned(record, {"b"}).substr(0, 14), "signer-new-key");
  EXPECT_EQ(FeedSigned(record, {"a", "b"}).substr(0, 14), "signer-new-key");
}

TEST_F(ApplyTest, RefusesAKeyThatIsUsedElsewhere) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  const SecretKey used = KeyNamed("MA.156.1301 record");
  EXPECT_EQ(FeedSigned(consortium_.AssignRecord("MA.156.1302", {testing::RecordKey(used)}),
                       {"MA.156.1301 record"})
                .substr(0, 8),
            "key-used");
  EXPECT_EQ(FeedSigned(consortium_.AssignRecord("MA.156.1302",
                                                {testing::RecordKey(consortium_.record_key(2))}),
                       {"institute-2.example"})
                .substr(0, 8),
            "key-used");
}

TEST_F(ApplyTest, RefusesAnAliasThatSomebodyHas) {
  Record first = consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  std::get<Assign>(first.body).aliases = {{"gbt2260", "130100"}};
  EXPECT_EQ(FeedSigned(first, {"a"}), "applied");
  EXPECT_EQ(**FindAlias(state_, "gbt2260", "130100"), Id("MA.156.1301"));
  Record second = consortium_.AssignRecord("MA.156.1302", {testing::RecordKey(KeyNamed("b"))});
  std::get<Assign>(second.body).aliases = {{"gbt2260", "130100"}};
  EXPECT_EQ(FeedSigned(second, {"b"}).substr(0, 11), "alias-taken");
}

TEST_F(ApplyTest, LetsACityAssignBelowItselfAndNobodyElse) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  EXPECT_EQ(FeedCity("MA.156.1302"), "applied");
  const SecretKey own = KeyNamed("MA.156.1301 record");
  const SecretKey other = KeyNamed("MA.156.1302 record");
  const SecretKey code = KeyNamed("MA.156.1301 code");
  for (const SecretKey* wrong : {&other, &code}) {
    EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", {{Role::kAncestor, wrong}}))
                  .substr(0, 16),
              "signer-stranger:");
  }
  EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", {{Role::kHolder, &own}}))
                .substr(0, 11),
            "signer-role");
  EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", {{Role::kAncestor, &own}})),
            "applied");
}

TEST_F(ApplyTest, RefusesAChildOfAnIdentifierThatDoesNotExist) {
  EXPECT_EQ(FeedCity("MA.156.1301.02").substr(0, 14), "parent-unknown");
}

struct PolicyCase {
  const char* name;
  void (*change)(Policy&);
  const char* rule;
};

class GenesisPolicyTest : public ::testing::TestWithParam<PolicyCase> {};

TEST_P(GenesisPolicyTest, IsRefused) {
  Consortium consortium;
  Genesis genesis{"id.example.cn/ledger", consortium.policy()};
  GetParam().change(genesis.policy);
  MemoryState state;
  const auto entry = SignRecord({{}, {}, {}, {}, {}, genesis}, consortium.GenesisKeys());
  EXPECT_EQ(Feed(state, *entry).substr(0, std::string(GetParam().rule).size()), GetParam().rule);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, GenesisPolicyTest,
    ::testing::Values(
        PolicyCase{"minority", [](Policy& p) { p.quorum = 1; }, "policy-quorum: k must be more"},
        PolicyCase{"lockout", [](Policy& p) { p.quorum = 4; }, "policy-quorum: k is above"},
        PolicyCase{"no_host", [](Policy& p) { p.hosts.clear(); }, "policy-hosts"},
        PolicyCase{"bad_host", [](Policy& p) { p.hosts = {"Id.Example"}; }, "policy-hosts"},
        PolicyCase{"same_name", [](Policy& p) { p.institutes[1].name = p.institutes[0].name; },
                   "policy-keys"},
        PolicyCase{"same_key",
                   [](Policy& p) { p.institutes[1].witness_key = p.institutes[1].record_key; },
                   "policy-keys"},
        PolicyCase{"bad_name", [](Policy& p) { p.institutes[0].name = "a+b"; }, "policy-name"},
        PolicyCase{"no_log_key", [](Policy& p) { p.log_keys.clear(); }, "policy-log-keys"},
        PolicyCase{"witnesses", [](Policy& p) { p.witness_quorum = 1; }, "policy-witnesses"},
        PolicyCase{"version", [](Policy& p) { p.version = 2; }, "policy-version"},
        PolicyCase{"rules", [](Policy& p) { p.rules = 2; }, "policy-rules"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Genesis, NeedsEveryInstitute) {
  const Consortium consortium;
  auto keys = consortium.GenesisKeys();
  std::erase_if(keys, [&](const SigningKey& key) { return key.key == &consortium.record_key(1); });
  MemoryState state;
  EXPECT_EQ(Feed(state, *SignRecord(consortium.GenesisRecord(), keys)).substr(0, 13),
            "signer-quorum");
}

}  // namespace
}  // namespace cityid

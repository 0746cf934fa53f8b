// The rules of the ledger: how it begins, and with which policies it doesn't.
#include <gtest/gtest.h>

#include "ledger/state/apply.h"
#include "tests/world/ruled_cities.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::Feed;
using testing::RulesTest;

TEST_F(RulesTest, GenesisPutsThePolicyInForce) {
  const auto policy = FindPolicy(state_);
  ASSERT_TRUE(policy && *policy);
  EXPECT_EQ((*policy)->policy, consortium_.policy());
  EXPECT_EQ((*policy)->log, consortium_.log());
}

TEST_F(RulesTest, RefusesASecondGenesis) {
  EXPECT_EQ(testing::Feed(state_, consortium_.genesis()).substr(0, 12), "genesis-once");
}

TEST_F(RulesTest, RefusesAnythingBeforeGenesis) {
  MemoryState empty;
  EXPECT_EQ(testing::Feed(empty, consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(2)))
                .substr(0, 12),
            "log-unfounde");
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
  EXPECT_EQ(testing::Feed(state, *entry).substr(0, std::string(GetParam().rule).size()),
            GetParam().rule);
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
        PolicyCase{"rules", [](Policy& p) { p.rules = kNewestRules + 1; }, "policy-rules"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Genesis, NeedsEveryInstitute) {
  const Consortium consortium;
  auto keys = consortium.GenesisKeys();
  std::erase_if(keys, [&](const SigningKey& key) { return key.key == &consortium.record_key(1); });
  MemoryState state;
  EXPECT_EQ(testing::Feed(state, *SignRecord(consortium.GenesisRecord(), keys)).substr(0, 13),
            "signer-quorum");
}

}  // namespace
}  // namespace cityid

// The rules of the policy and of delegated prefixes.
#include <gtest/gtest.h>

#include "tests/world/ruled_cities.h"

namespace cityid {
namespace {

using testing::InstitutesNamed;
using testing::kCity;
using testing::KeyNamed;
using testing::kNow;
using testing::kOther;
using testing::kThird;
using testing::NamedSigner;
using testing::NewKeys;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::RulesTest;
using testing::SignNamed;
using testing::With;

// Policy ------------------------------------------------------------------------------------------

class PolicyRule : public RulesTest {
 protected:
  void SetUp() override {
    RulesTest::SetUp();
    policy_ = consortium_.policy();
    policy_.version = 2;
  }
  void AddInstitute(const std::string& name) {
    policy_.institutes.push_back(
        {name, {}, KeyNamed(name).public_key(), KeyNamed(name + " witness").public_key()});
  }
  Policy policy_;
};

TEST_F(PolicyRule, VersionsCountUpByOne) {
  for (const std::uint64_t version : {0u, 1u, 3u}) {
    policy_.version = version;
    EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_)), "policy-version") << version;
  }
  policy_.version = 2;
  EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_)), "applied");
  policy_.version = 3;
  EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_)), "applied");
}

TEST_F(PolicyRule, FollowsTheOneInForce) {
  Record record = NextPolicy(state_, policy_);
  for (const std::optional<RecordHash>& wrong :
       {std::optional<RecordHash>(), std::optional(RecordHash{})}) {
    record.previous = wrong;
    EXPECT_EQ(FeedByInstitutes(record), "previous-stale");
  }
}

TEST_F(PolicyRule, KeepsTheQuorumPossibleAndAMajority) {
  AddInstitute("institute-3.example");
  const std::vector<std::string> added = {"institute-3.example", "institute-3.example witness"};
  for (const int k : {0, 1, 2, 5}) {
    policy_.quorum = static_cast<std::uint8_t>(k);
    EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_), added), "policy-quorum") << k;
  }
  policy_.quorum = 3;
  policy_.witness_quorum = 1;
  EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_), added), "policy-witnesses");
  policy_.witness_quorum = 0;
  EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_), added), "applied");
  policy_.institutes.clear();
  policy_.version = 3;
  EXPECT_EQ(Feed(SignNamed(NextPolicy(state_, policy_), InstitutesNamed(3))), "policy-institutes");
}

TEST_F(PolicyRule, NewKeysIntroduceThemselves) {
  AddInstitute("institute-3.example");
  policy_.quorum = 3;
  policy_.log_keys.push_back(KeyNamed("log 2").public_key());
  const std::vector<std::string> all = {"institute-3.example", "institute-3.example witness",
                                        "log 2"};
  for (const std::string& left_out : all) {
    auto added = all;
    std::erase(added, left_out);
    EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_), added), "signer-new-key") << left_out;
  }
  EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy_), all), "applied");
}

TEST_F(PolicyRule, TheOldQuorumSignsAndTheNewOneActs) {
  AddInstitute("institute-3.example");
  policy_.institutes.erase(policy_.institutes.begin());
  const auto added = NewKeys({"institute-3.example", "institute-3.example witness"});
  const Record record = NextPolicy(state_, policy_);
  const std::vector<NamedSigner> by_new = {{Role::kInstitute, "institute-1.example"},
                                           {Role::kInstitute, "institute-3.example"}};
  EXPECT_EQ(Feed(SignNamed(record, With(by_new, added))), "signer-stranger");
  EXPECT_EQ(Feed(SignNamed(record, With(InstitutesNamed(1), added))), "signer-quorum");
  ASSERT_EQ(Feed(SignNamed(record, With(InstitutesNamed(2), added))), "applied");
  const Record assign = AssignRecord(kCity, "a");
  EXPECT_EQ(Feed(SignNamed(assign, With(InstitutesNamed(2), NewKeys({"a"})))), "signer-stranger");
  EXPECT_EQ(Feed(SignNamed(assign, With(by_new, NewKeys({"a"})))), "applied");
}

TEST_F(PolicyRule, HasNoSubject) {
  Record record = NextPolicy(state_, policy_);
  record.subject = "MA.156";
  EXPECT_EQ(FeedByInstitutes(record), "fields");
  record.subject.reset();
  record.authority = RecordHash{};
  EXPECT_EQ(FeedByInstitutes(record), "fields");
}

TEST_F(PolicyRule, OfAnUnknownRulesVersionIsUnsupported) {
  policy_.rules = kNewestRules + 1;
  const auto verified = VerifyRecord(SignNamed(NextPolicy(state_, policy_), InstitutesNamed(2)));
  ASSERT_TRUE(verified);
  const auto change = Apply(state_, *verified, Index{1}, kNow);
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().code, Errc::kUnsupported);
}

// Delegation --------------------------------------------------------------------------------------

class DelegateRule : public RulesTest {
 protected:
  static Registrar Keys(const std::vector<std::string>& names, std::uint8_t threshold) {
    Registrar registrar;
    for (const std::string& name : names) registrar.keys.push_back(KeyNamed(name).public_key());
    registrar.threshold = threshold;
    return registrar;
  }
  std::string Delegate(Registrar registrar, const std::vector<std::string>& added) {
    return FeedByInstitutes(OfPrefix(state_, "MA.156", std::move(registrar)), added);
  }
  std::string AssignBy(const std::string& id, const std::string& registrar) {
    return Feed(
        SignNamed(AssignRecord(id, id), {{Role::kRegistrar, registrar}, {Role::kNewKey, id}}));
  }
};

TEST_F(DelegateRule, GivesRotatesWithdrawsAndGivesAgain) {
  EXPECT_EQ(AssignBy(kCity, "r1"), "signer-role");
  ASSERT_EQ(Delegate(Keys({"r1"}, 1), {"r1"}), "applied");
  EXPECT_EQ(AssignBy(kCity, "r1"), "applied");
  // The kept key does not introduce itself again.
  EXPECT_EQ(Delegate(Keys({"r1", "r2"}, 1), {"r1", "r2"}), "signer-new-key");
  ASSERT_EQ(Delegate(Keys({"r1", "r2"}, 1), {"r2"}), "applied");
  ASSERT_EQ(Delegate(Keys({"r2"}, 1), {}), "applied");
  EXPECT_EQ(AssignBy(kOther, "r1"), "signer-stranger");
  EXPECT_EQ(AssignBy(kOther, "r2"), "applied");
  ASSERT_EQ(Delegate({}, {}), "applied");
  EXPECT_EQ(AssignBy(kThird, "r2"), "signer-role");
  EXPECT_EQ(Delegate(Keys({"r2"}, 1), {"r2"}), "key-used");
  ASSERT_EQ(Delegate(Keys({"r3"}, 1), {"r3"}), "applied");
  EXPECT_EQ(AssignBy(kThird, "r3"), "applied");
}

TEST_F(DelegateRule, FollowsThePrefixsChain) {
  Record first = OfPrefix(state_, "MA.156", Keys({"r1"}, 1));
  first.previous = RecordHash{};
  EXPECT_EQ(FeedByInstitutes(first, {"r1"}), "previous-stale");
  ASSERT_EQ(Delegate(Keys({"r1"}, 1), {"r1"}), "applied");
  Record second = OfPrefix(state_, "MA.156", Keys({"r2"}, 1));
  second.previous.reset();
  EXPECT_EQ(FeedByInstitutes(second, {"r2"}), "previous-stale");
  second = OfPrefix(state_, "MA.156", Keys({"r2"}, 1));
  second.subject = "MA.250";
  EXPECT_EQ(FeedByInstitutes(second, {"r2"}), "previous-stale");
}

TEST_F(DelegateRule, NeedsKeysAndAPossibleThreshold) {
  EXPECT_EQ(Delegate({}, {}), "registrar-keys");
  EXPECT_EQ(Delegate(Keys({"r1"}, 2), {"r1"}), "registrar-threshold");
  EXPECT_EQ(Delegate(Keys({"r1"}, 0), {"r1"}), "registrar-threshold");
  EXPECT_EQ(Delegate(Keys({}, 1), {}), "registrar-threshold");
  EXPECT_EQ(Delegate(Keys({"r1", "r1"}, 1), {"r1"}), "registrar-keys");
  std::vector<std::string> names;
  for (int i = 0; i < 17; ++i) names.push_back("r" + std::to_string(i));
  EXPECT_EQ(Delegate(Keys(names, 1), names), "registrar-keys");
  names.pop_back();
  EXPECT_EQ(Delegate(Keys(names, 16), names), "applied");
}

TEST_F(DelegateRule, NewKeysIntroduceThemselves) {
  EXPECT_EQ(Delegate(Keys({"r1", "r2"}, 2), {"r1"}), "signer-new-key");
  EXPECT_EQ(Delegate(Keys({"r1", "r2"}, 2), {}), "signer-new-key");
}

TEST_F(DelegateRule, IsAboutAPrefix) {
  for (const char* wrong : {"", "MA", "ma.156", "MA.156.", "MA.1567"}) {
    Record record = OfPrefix(state_, "MA.156", Keys({"r1"}, 1));
    record.subject = wrong;
    EXPECT_EQ(FeedByInstitutes(record, {"r1"}), "subject") << wrong;
  }
  Record record = OfPrefix(state_, "MA.156", Keys({"r1"}, 1));
  record.subject.reset();
  EXPECT_EQ(FeedByInstitutes(record, {"r1"}), "subject");
  record.subject = "MA.156";
  record.authority = RecordHash{};
  EXPECT_EQ(FeedByInstitutes(record, {"r1"}), "fields");
}

TEST_F(DelegateRule, CoversWholeNodesOnly) {
  ASSERT_EQ(FeedByInstitutes(OfPrefix(state_, "MA.156.13", Keys({"r1"}, 1)), {"r1"}), "applied");
  EXPECT_EQ(AssignBy(kCity, "r1"), "signer-role");
  EXPECT_EQ(AssignBy("MA.156.13", "r1"), "applied");
}

}  // namespace
}  // namespace cityid

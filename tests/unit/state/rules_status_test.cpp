// The rules of statuses and chains, and what a thief with a city's record key can't do.
#include <gtest/gtest.h>

#include "tests/world/ruled_cities.h"

namespace cityid {
namespace {

using testing::HoldingOf;
using testing::InNoChain;
using testing::InstitutesNamed;
using testing::kCity;
using testing::kDevice;
using testing::KeyNamed;
using testing::kOther;
using testing::kThird;
using testing::kUnit;
using testing::NewKeys;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::RecordKey;
using testing::RulesTest;
using testing::SignNamed;
using testing::With;

// Statuses ----------------------------------------------------------------------------------------

struct Transition {
  const char* type;
  bool active, suspended, superseded, withdrawn;
};

class StatusRule : public RulesTest, public ::testing::WithParamInterface<Transition> {
 protected:
  std::string FeedType(const std::string& type) {
    if (type == "update") return FeedByHolder(Holder(kCity, UpdateOf(kCity, "Other")));
    if (type == "recover")
      return FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"});
    if (type == "suspend") return FeedByInstitutes(Authority(kCity, Suspend{}));
    if (type == "suspend_itself") return FeedByHolder(Holder(kCity, Suspend{}));
    if (type == "resume") return FeedByInstitutes(Authority(kCity, Resume{}));
    if (type == "supersede") return FeedByInstitutes(Authority(kCity, Supersede{kThird, {}}));
    if (type == "revoke") return FeedByInstitutes(Authority(kCity, Revoke{}));
    if (type == "aliases")
      return FeedByInstitutes(Authority(kCity, Aliases{{{"gbt2260", "130100"}}}));
    EXPECT_EQ(type, "revoke_codes");
    return FeedByInstitutes(InNoChain(
        state_, kCity, RevokeCodes{KeyNamed(kCity + " code").public_key(), {{7, 7}}, {}, {}}));
  }
};

TEST_P(StatusRule, AllowsExactlyItsRow) {
  const Transition& row = GetParam();
  Assign(kCity);
  Assign(kOther);
  Assign(kThird);
  const MemoryState active = state_;
  const auto expect_from = [&](const char* status, std::optional<RecordBody> first, bool allowed) {
    SCOPED_TRACE(status);
    state_ = active;
    if (first) {
      ASSERT_EQ(FeedByInstitutes(Authority(kCity, *first)), "applied");
    }
    EXPECT_EQ(Name(StatusOf(kCity)), status);
    EXPECT_EQ(FeedType(row.type), allowed ? "applied" : "status");
  };
  expect_from("active", {}, row.active);
  expect_from("suspended", Suspend{}, row.suspended);
  expect_from("superseded", Supersede{kOther, {}}, row.superseded);
  expect_from("withdrawn", Revoke{}, row.withdrawn);
}

INSTANTIATE_TEST_SUITE_P(Rules, StatusRule,
                         ::testing::Values(Transition{"update", true, false, false, false},
                                           Transition{"recover", true, true, false, false},
                                           Transition{"suspend", true, false, false, false},
                                           Transition{"suspend_itself", true, false, false, false},
                                           Transition{"resume", false, true, false, false},
                                           Transition{"supersede", true, true, false, false},
                                           Transition{"revoke", true, true, true, false},
                                           Transition{"revoke_codes", true, true, true, false},
                                           Transition{"aliases", true, true, false, false}),
                         [](const auto& tested) { return std::string(tested.param.type); });

TEST_F(RulesTest, ASuspensionEndsOnlyWithTheAuthority) {
  Assign(kCity);
  ASSERT_EQ(FeedByHolder(Holder(kCity, Suspend{})), "applied");
  EXPECT_EQ(StatusOf(kCity), IdStatus::kSuspended);
  EXPECT_EQ(FeedByHolder(Authority(kCity, Resume{})), "signer-role");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Resume{})), "applied");
  EXPECT_EQ(StatusOf(kCity), IdStatus::kActive);
}

TEST_F(RulesTest, ARecoveryLeavesASuspensionStanding) {
  Assign(kCity);
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Suspend{})), "applied");
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"}), "applied");
  EXPECT_EQ(StatusOf(kCity), IdStatus::kSuspended);
}

TEST_F(RulesTest, NothingIsSaidAboutWhatDoesNotExist) {
  const Record assigned = AssignRecord(kCity, "a");
  for (const RecordBody& body :
       {RecordBody(Update{HoldingOf({RecordKey(KeyNamed("a"))})}),
        RecordBody(Recover{{RecordKey(KeyNamed("a"))}}), RecordBody(Suspend{}),
        RecordBody(Resume{}), RecordBody(Supersede{kOther, {}}), RecordBody(Revoke{}),
        RecordBody(RevokeCodes{KeyNamed("a").public_key(), {{1, 1}}, {}, {}}),
        RecordBody(Aliases{})}) {
    EXPECT_EQ(FeedByInstitutes(InNoChain(state_, kCity, body)), "subject-unknown");
  }
}

TEST_F(RulesTest, AnIdentifierIsNeverUsedAgain) {
  Assign(kCity);
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Revoke{})), "applied");
  EXPECT_EQ(FeedByInstitutes(AssignRecord(kCity, "a"), {"a"}), "assign-exists");
  Assign(kOther);
  Assign(kThird);
  ASSERT_EQ(FeedByInstitutes(Authority(kOther, Supersede{kThird, {}})), "applied");
  EXPECT_EQ(FeedByInstitutes(AssignRecord(kOther, "b"), {"b"}), "assign-exists");
}

TEST_F(RulesTest, NothingIsAssignedBelowAnInactiveIdentifier) {
  for (const RecordBody& end :
       {RecordBody(Suspend{}), RecordBody(Revoke{}), RecordBody(Supersede{kThird, {}})}) {
    state_ = MemoryState();
    ASSERT_EQ(Feed(consortium_.genesis()), "applied");
    for (const auto& id : {kCity, kUnit, kThird}) Assign(id);
    ASSERT_EQ(FeedByInstitutes(Authority(kCity, end)), "applied");
    EXPECT_EQ(FeedByInstitutes(AssignRecord("MA.156.1301.03", "a"), {"a"}), "parent-inactive");
    // Nor two levels below it, though the level between is active.
    EXPECT_EQ(FeedByInstitutes(AssignRecord(kDevice, "a"), {"a"}), "parent-inactive");
    EXPECT_EQ(Feed(SignNamed(AssignRecord(kDevice, "a"),
                             {{Role::kAncestor, kUnit + " record"}, {Role::kNewKey, "a"}})),
              "parent-inactive");
  }
}

TEST_F(RulesTest, NothingIsAssignedBelowAGap) {
  Assign(kCity);
  EXPECT_EQ(FeedByInstitutes(AssignRecord(kDevice, "a"), {"a"}), "parent-unknown");
}

// Chains ------------------------------------------------------------------------------------------

TEST_F(RulesTest, ARecordExtendsTheHeadOfItsChain) {
  Assign(kCity);
  const RecordHash assigned = StateOf(kCity).authority.hash;
  ASSERT_EQ(FeedByHolder(Holder(kCity, UpdateOf(kCity, "Second"))), "applied");
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Aliases{{{"gln", "1"}}})), "applied");

  for (const std::optional<RecordHash>& wrong :
       {std::optional<RecordHash>(), std::optional(assigned), std::optional(RecordHash{}),
        std::optional(StateOf(kCity).holder.hash)}) {
    for (const RecordBody& body :
         {RecordBody(Suspend{}), RecordBody(Revoke{}), RecordBody(Aliases{}),
          RecordBody(RecoverTo(kCity, {"fresh"}))}) {
      Record record = Authority(kCity, body);
      record.previous = wrong;
      EXPECT_EQ(FeedByInstitutes(record), "previous-stale") << Name(record.type());
    }
  }
  for (const std::optional<RecordHash>& wrong :
       {std::optional<RecordHash>(), std::optional(assigned), std::optional(RecordHash{}),
        std::optional(StateOf(kCity).authority.hash)}) {
    for (const RecordBody& body : {RecordBody(UpdateOf(kCity, "Third")), RecordBody(Suspend{})}) {
      Record record = Holder(kCity, body);
      record.previous = wrong;
      EXPECT_EQ(FeedByHolder(record), "previous-stale") << Name(record.type());
    }
  }
}

TEST_F(RulesTest, AnUpdateBuildsOnTheAuthoritysHead) {
  Assign(kCity);
  const RecordHash assigned = StateOf(kCity).authority.hash;
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Aliases{{{"gln", "1"}}})), "applied");
  for (const std::optional<RecordHash>& wrong :
       {std::optional<RecordHash>(), std::optional(assigned), std::optional(RecordHash{})}) {
    Record record = Holder(kCity, UpdateOf(kCity, "Second"));
    record.authority = wrong;
    EXPECT_EQ(FeedByHolder(record), "previous-stale");
  }
  EXPECT_EQ(FeedByHolder(Holder(kCity, UpdateOf(kCity, "Second"))), "applied");
}

TEST_F(RulesTest, ARecordAppliesOnce) {
  Assign(kCity);
  Assign(kOther);
  const auto once = [&](const Bytes& entry, const char* again) {
    ASSERT_EQ(Feed(entry), "applied");
    EXPECT_EQ(Feed(entry), again);
  };
  const auto by_institutes = [&](const Record& record, const std::vector<std::string>& added = {}) {
    return SignNamed(record, With(InstitutesNamed(2), NewKeys(added)));
  };
  once(SignByHolder(Holder(kCity, UpdateOf(kCity, "Second"))), "previous-stale");
  once(by_institutes(Authority(kCity, Aliases{{{"gln", "1"}}})), "previous-stale");
  const Bytes suspension = by_institutes(Authority(kCity, Suspend{}));
  once(suspension, "status");
  once(by_institutes(Authority(kCity, Resume{})), "status");
  EXPECT_EQ(Feed(suspension), "previous-stale");
  once(by_institutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"}), "previous-stale");
  once(by_institutes(InNoChain(
           state_, kCity, RevokeCodes{KeyNamed(kCity + " code").public_key(), {{1, 2}}, {}, {}})),
       "revoke-nothing");
  once(by_institutes(Authority(kCity, Supersede{kOther, {}})), "status");
  once(by_institutes(Authority(kCity, Revoke{})), "status");
  once(by_institutes(AssignRecord(kThird, "a"), {"a"}), "assign-exists");
  Registrar registrar{{}, {KeyNamed("registrar").public_key()}, 1};
  once(by_institutes(OfPrefix(state_, "MA.156", registrar), {"registrar"}), "previous-stale");
  Policy policy = consortium_.policy();
  policy.version = 2;
  once(by_institutes(NextPolicy(state_, policy)), "previous-stale");
  once(by_institutes(OfPrefix(state_, "MA.156", {})), "previous-stale");
}

TEST_F(RulesTest, NothingMadeBeforeARecoveryFollowsIt) {
  Assign(kCity);
  const Bytes update = SignByHolder(Holder(kCity, UpdateOf(kCity, "Stolen")));
  const Bytes suspension = SignByHolder(Holder(kCity, Suspend{}));
  const Bytes aliases = SignNamed(Authority(kCity, Aliases{{{"gln", "1"}}}), InstitutesNamed(2));
  const Bytes codes = SignByHolder(InNoChain(
      state_, kCity, RevokeCodes{KeyNamed(kCity + " code").public_key(), {{1, 2}}, {}, {}}));
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"}), "applied");
  EXPECT_EQ(Feed(update), "previous-stale");
  EXPECT_EQ(Feed(suspension), "previous-stale");
  EXPECT_EQ(Feed(aliases), "previous-stale");
  EXPECT_EQ(Feed(codes), "signer-stranger");
  // Nor does the old key make anything new.
  EXPECT_EQ(FeedByHolder(Holder(kCity, UpdateOf(kCity, "Stolen"))), "signer-stranger");
  EXPECT_EQ(Feed(SignNamed(Holder(kCity, UpdateOf(kCity, "Mine")), {{Role::kHolder, "fresh"}})),
            "applied");
  EXPECT_EQ(HoldingNow(kCity).metadata.names.at("en"), "Mine");
}

TEST_F(RulesTest, ARecoveryKeepsTheContent) {
  Assign(kCity);
  ASSERT_EQ(FeedByHolder(Holder(kCity, UpdateOf(kCity, "Second"))), "applied");
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"}), "applied");
  const Holding holding = HoldingNow(kCity);
  EXPECT_EQ(holding.metadata.names.at("en"), "Second");
  ASSERT_EQ(holding.keys.size(), 3u);
  EXPECT_EQ(holding.keys[0].status, KeyStatus::kCompromised);
  EXPECT_EQ(holding.keys[2].key, KeyNamed("fresh").public_key());
}

// A thief with a city's record key ----------------------------------------------------------------

class ThiefTest : public RulesTest {
 protected:
  void SetUp() override {
    RulesTest::SetUp();
    Assign(kCity);
    // Signed before anything happens, and held back.
    early_ = SignByHolder(Holder(kCity, UpdateOf(kCity, "Early")));
  }
  void UpdateHundredTimes() {
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(FeedByHolder(Holder(kCity, UpdateOf(kCity, "Mine " + std::to_string(i)))),
                "applied");
    }
    late_ = SignByHolder(Holder(kCity, UpdateOf(kCity, "Late")));
    late_suspension_ = SignByHolder(Holder(kCity, Suspend{}));
  }
  void ExpectNothingFollows() {
    for (const Bytes& entry : {early_, late_, late_suspension_}) EXPECT_NE(Feed(entry), "applied");
    EXPECT_NE(FeedByHolder(Holder(kCity, UpdateOf(kCity, "Again"))), "applied");
  }
  Bytes ByInstitutes(const Record& record, const std::vector<std::string>& added = {}) {
    return SignNamed(record, With(InstitutesNamed(2), NewKeys(added)));
  }

  Bytes early_;
  Bytes late_;
  Bytes late_suspension_;
};

TEST_F(ThiefTest, CannotHoldUpASuspensionWithUpdates) {
  const Bytes suspension = ByInstitutes(Authority(kCity, Suspend{}));
  UpdateHundredTimes();
  EXPECT_EQ(Feed(suspension), "applied");
  ExpectNothingFollows();
  // Nor after the end of the suspension.
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Resume{})), "applied");
  for (const Bytes& entry : {early_, late_, late_suspension_})
    EXPECT_EQ(Feed(entry), "previous-stale");
}

TEST_F(ThiefTest, CannotHoldUpARecoveryWithUpdates) {
  const Bytes recovery = ByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"});
  UpdateHundredTimes();
  EXPECT_EQ(Feed(recovery), "applied");
  ExpectNothingFollows();
}

TEST_F(ThiefTest, CannotHoldUpARecoveryBySuspendingItself) {
  const Bytes recovery = ByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"});
  UpdateHundredTimes();
  ASSERT_EQ(Feed(late_suspension_), "applied");
  EXPECT_EQ(Feed(recovery), "applied");
  ExpectNothingFollows();
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Resume{})), "applied");
  ExpectNothingFollows();
}

TEST_F(ThiefTest, CannotHoldUpASuspensionBySuspendingItself) {
  const Bytes suspension = ByInstitutes(Authority(kCity, Suspend{}));
  UpdateHundredTimes();
  ASSERT_EQ(Feed(late_suspension_), "applied");
  EXPECT_EQ(Feed(suspension), "applied");
  EXPECT_EQ(StatusOf(kCity), IdStatus::kSuspended);
  ExpectNothingFollows();
}

TEST_F(ThiefTest, CannotHoldUpARecoveryByAddingAKey) {
  const Bytes recovery = ByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"});
  Update update{HoldingNow(kCity)};
  update.holding.keys.push_back(RecordKey(KeyNamed("thief")));
  ASSERT_EQ(FeedByHolder(Holder(kCity, update), {"thief"}), "applied");
  EXPECT_EQ(Feed(recovery), "applied");
}

TEST_F(ThiefTest, CannotPreventARecoveryByFillingTheListOfKeys) {
  for (int i = 0; HoldingNow(kCity).keys.size() < 64; ++i) {
    Update update{HoldingNow(kCity)};
    std::vector<std::string> added;
    for (KeyGrant& key : update.holding.keys) {
      if (key.key != KeyNamed(kCity + " record").public_key()) key.status = KeyStatus::kCompromised;
    }
    while (added.size() < 7 && update.holding.keys.size() < 64) {
      added.push_back("thief " + std::to_string(i) + " " + std::to_string(added.size()));
      update.holding.keys.push_back(RecordKey(KeyNamed(added.back())));
    }
    if (FeedByHolder(Holder(kCity, update), added) != "applied") break;
  }
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Suspend{})), "applied");
  const Recover recover{{RecordKey(KeyNamed("fresh"))}};
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, recover), {"fresh"}), "applied");
  EXPECT_EQ(HoldingNow(kCity).keys, recover.keys);
}

}  // namespace
}  // namespace cityid

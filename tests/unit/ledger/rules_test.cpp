// The rules of the ledger, one after the other: what each refuses, by its name.
#include <gtest/gtest.h>

#include "ledger/apply.h"
#include "ledger/revocation.h"
#include "tests/unit/ledger/consortium.h"

namespace cityid {
namespace {

using testing::ByAuthority;
using testing::ByHolder;
using testing::CodeKey;
using testing::Consortium;
using testing::HoldingOf;
using testing::Id;
using testing::InNoChain;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::NamedSigner;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::RecordKey;
using testing::RuleOf;
using testing::SignNamed;
using testing::With;

const std::string kCity = "MA.156.1301";
const std::string kOther = "MA.156.1302";
const std::string kThird = "MA.156.1303";
const std::string kUnit = "MA.156.1301.02";
const std::string kDevice = "MA.156.1301.02.A";

std::vector<NamedSigner> NewKeys(const std::vector<std::string>& names) {
  std::vector<NamedSigner> signers;
  for (const std::string& name : names) signers.emplace_back(Role::kNewKey, name);
  return signers;
}

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

// Keys --------------------------------------------------------------------------------------------

TEST_F(RulesTest, AKeyIsNeverRemovedByAnUpdate) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  keys.pop_back();
  EXPECT_EQ(FeedKeys(keys), "key-removed");
}

TEST_F(RulesTest, AKeyThatARecoveryDoesNotListIsGoneAndNeverUsedAgain) {
  Assign(kCity);
  const Recover recover{{RecordKey(KeyNamed("fresh"))}};
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, recover), {"fresh"}), "applied");
  Update update{HoldingNow(kCity)};
  update.holding.keys.push_back(RecordKey(KeyNamed(kCity + " record")));
  EXPECT_NE(FeedByHolder(Holder(kCity, update), {kCity + " record"}), "applied");
}

TEST_F(RulesTest, AKeyKeepsItsUsePurposesAndDepth) {
  Assign(kCity);
  const auto keys = HoldingNow(kCity).keys;  // record, code of depth 1
  auto changed = keys;
  changed[1].depth = 2;
  EXPECT_EQ(FeedKeys(changed), "key-changed");
  changed = keys;
  changed[1].purposes = {Purpose::kCity, Purpose::kUnit, Purpose::kDocument};
  EXPECT_EQ(FeedKeys(changed), "key-changed");
  changed = keys;
  changed[1] = RecordKey(KeyNamed(kCity + " code"));
  EXPECT_EQ(FeedKeys(changed), "key-changed");
}

TEST_F(RulesTest, AKeyNeverBecomesActiveAgain) {
  Assign(kCity);
  const auto active = HoldingNow(kCity).keys;
  auto retired = active;
  retired[1].status = KeyStatus::kRetired;
  retired[1].retired_at = 1'800'000'000;
  ASSERT_EQ(FeedKeys(retired), "applied");
  EXPECT_EQ(FeedKeys(active), "key-revived");
  auto later = retired;
  later[1].retired_at = 1'800'000'001;
  EXPECT_EQ(FeedKeys(later), "key-retired");
  auto compromised = active;
  compromised[1].status = KeyStatus::kCompromised;
  ASSERT_EQ(FeedKeys(compromised), "applied");
  EXPECT_EQ(FeedKeys(retired), "key-revived");
  EXPECT_EQ(FeedKeys(active), "key-revived");
}

TEST_F(RulesTest, ARetiredKeySaysSinceWhen) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  keys[1].status = KeyStatus::kRetired;
  EXPECT_EQ(FeedKeys(keys), "keys");
  keys[1].status = KeyStatus::kActive;
  keys[1].retired_at = 1;
  EXPECT_EQ(FeedKeys(keys), "keys");
  keys[1].status = KeyStatus::kCompromised;
  EXPECT_EQ(FeedKeys(keys), "keys");
}

TEST_F(RulesTest, ANewKeyIsActive) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  keys.push_back(RecordKey(KeyNamed("fresh")));
  keys[2].status = KeyStatus::kCompromised;
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "key-new");
  keys[2].status = KeyStatus::kRetired;
  keys[2].retired_at = 1;
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "key-new");
  Holding holding = HoldingOf({RecordKey(KeyNamed("a")), keys[2]});
  EXPECT_EQ(
      FeedByInstitutes(InNoChain(state_, kOther, cityid::Assign{holding, {}}), {"a", "fresh"}),
      "key-new");
}

TEST_F(RulesTest, ANewKeyIntroducesItself) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  keys.push_back(RecordKey(KeyNamed("fresh")));
  EXPECT_EQ(FeedKeys(keys), "signer-new-key");
  EXPECT_EQ(FeedKeys(keys, {"other"}), "signer-new-key");
  EXPECT_EQ(FeedKeys(keys, {"fresh", kCity + " code"}), "signer-new-key");
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "applied");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {"a", "b"})), {"a"}),
            "signer-new-key");
}

TEST_F(RulesTest, EightKeysAreActiveAtMost) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  std::vector<std::string> added;
  while (keys.size() < 8) {
    added.push_back("fresh " + std::to_string(keys.size()));
    keys.push_back(RecordKey(KeyNamed(added.back())));
  }
  auto nine = keys;
  nine.push_back(RecordKey(KeyNamed("ninth")));
  auto all = added;
  all.push_back("ninth");
  EXPECT_EQ(FeedKeys(nine, all), "keys");
  EXPECT_EQ(FeedKeys(keys, added), "applied");
  nine[1].status = KeyStatus::kCompromised;
  EXPECT_EQ(FeedKeys(nine, {"ninth"}), "applied");
}

TEST_F(RulesTest, ARecordKeyStaysActive) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  keys[0].status = KeyStatus::kCompromised;
  EXPECT_EQ(FeedKeys(keys), "keys");
  keys.push_back(keys[1]);
  EXPECT_EQ(FeedKeys(keys), "keys") << "listed twice";
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {}))), "keys");
}

TEST_F(RulesTest, ACodeKeyNeedsAPurposeAndARecordKeyNone) {
  Assign(kCity);
  auto keys = HoldingNow(kCity).keys;
  keys.push_back(CodeKey(KeyNamed("fresh"), {}));
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "keys");
  keys[2].purposes = {Purpose::kUnit, Purpose::kCity};
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "keys");
  keys[2].purposes = {Purpose::kCity, Purpose::kCity};
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "keys");
  keys[2] = CodeKey(KeyNamed("fresh"), {Purpose::kCity}, 8);
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "keys");
  keys[2] = RecordKey(KeyNamed("fresh"));
  keys[2].purposes = {Purpose::kCity};
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "keys");
  keys[2] = RecordKey(KeyNamed("fresh"));
  keys[2].depth = 1;
  EXPECT_EQ(FeedKeys(keys, {"fresh"}), "keys");
}

TEST_F(RulesTest, AKeyIsUsedInOnePlaceOnly) {
  Assign(kCity);
  Assign(kOther);
  Registrar registrar{{}, {KeyNamed("registrar").public_key()}, 1};
  ASSERT_EQ(FeedByInstitutes(OfPrefix(state_, "MA.156", registrar), {"registrar"}), "applied");
  ASSERT_EQ(FeedByInstitutes(Authority(kOther, RecoverTo(kOther, {"fresh"})), {"fresh"}),
            "applied");
  // Of others, of an institute, its witness, the log, a registrar; lost ones as well.
  for (const std::string& used :
       {kOther + " record", kOther + " code", std::string("fresh"),
        std::string("institute-2.example"), std::string("institute-2.example witness"),
        std::string("log"), std::string("registrar")}) {
    SCOPED_TRACE(used);
    auto keys = HoldingNow(kCity).keys;
    keys.push_back(RecordKey(KeyNamed(used)));
    EXPECT_EQ(FeedKeys(keys, {used}), "key-used");
    EXPECT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {used})), {used}), "key-used");
    EXPECT_EQ(FeedByInstitutes(AssignRecord(kThird, used), {used}), "key-used");
    Registrar other{{}, {KeyNamed(used).public_key()}, 1};
    EXPECT_EQ(FeedByInstitutes(OfPrefix(state_, "MA.250", other), {used}), "key-used");
    Policy policy = consortium_.policy();
    policy.version = 2;
    policy.institutes[2].witness_key = KeyNamed(used).public_key();
    if (used.starts_with("institute") || used == "log") continue;
    EXPECT_EQ(FeedByInstitutes(NextPolicy(state_, policy), {used}), "key-used");
  }
}

TEST_F(RulesTest, ARecoveryLeavesNoOldKeyActive) {
  Assign(kCity);
  for (const std::size_t kept : {std::size_t{0}, std::size_t{1}}) {
    Recover recover = RecoverTo(kCity, {"fresh"});
    recover.keys[kept].status = KeyStatus::kActive;
    EXPECT_EQ(FeedByInstitutes(Authority(kCity, recover), {"fresh"}), "recover-keys");
  }
  Recover retired = RecoverTo(kCity, {"fresh"});
  retired.keys[0].status = KeyStatus::kRetired;
  retired.keys[0].retired_at = 1;
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, retired), {"fresh"}), "applied");
}

// Aliases -----------------------------------------------------------------------------------------

TEST_F(RulesTest, AnAliasBelongsToOneIdentifier) {
  const TextMap aliases = {{"gbt2260", "130100"}, {"wikidata", "Q58401"}};
  ASSERT_EQ(FeedByInstitutes(AssignRecord(kCity, "a", aliases), {"a"}), "applied");
  Assign(kOther);
  EXPECT_EQ(FeedByInstitutes(AssignRecord(kThird, "c", {{"wikidata", "Q58401"}}), {"c"}),
            "alias-taken");
  EXPECT_EQ(FeedByInstitutes(Authority(kOther, Aliases{{{"wikidata", "Q58401"}}})), "alias-taken");
  // The same value under another scheme is another alias.
  EXPECT_EQ(FeedByInstitutes(Authority(kOther, Aliases{{{"gln", "130100"}}})), "applied");
  EXPECT_EQ(**FindAlias(state_, "gbt2260", "130100"), Id(kCity));
  EXPECT_EQ(**FindAlias(state_, "gln", "130100"), Id(kOther));
}

TEST_F(RulesTest, AnAliasMovesOnceItIsFreed) {
  const TextMap aliases = {{"gbt2260", "130100"}, {"gln", "1"}};
  ASSERT_EQ(FeedByInstitutes(AssignRecord(kCity, "a", aliases), {"a"}), "applied");
  Assign(kOther);
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Aliases{{{"gln", "1"}}})), "applied");
  EXPECT_FALSE(*FindAlias(state_, "gbt2260", "130100"));
  EXPECT_EQ(**FindAlias(state_, "gln", "1"), Id(kCity)) << "kept ones stay";
  ASSERT_EQ(FeedByInstitutes(Authority(kOther, Aliases{{{"gbt2260", "130100"}}})), "applied");
  EXPECT_EQ(**FindAlias(state_, "gbt2260", "130100"), Id(kOther));
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Aliases{aliases})), "alias-taken");
  EXPECT_EQ(*ReadAliases(state_, StateOf(kCity)), (TextMap{{"gln", "1"}}));
}

TEST_F(RulesTest, AnAliasIsOfAKnownScheme) {
  Assign(kCity);
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Aliases{{{"postcode", "1"}}})), "alias-scheme");
  for (const std::string& value :
       {std::string(), std::string("a b"), std::string(129, 'x'), std::string("\x7F")}) {
    EXPECT_EQ(FeedByInstitutes(Authority(kCity, Aliases{{{"did", value}}})), "alias-value");
  }
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Aliases{{{"did", std::string(128, 'x')}}})),
            "applied");
}

TEST_F(RulesTest, OnlyTheAuthoritySetsAliases) {
  Assign(kCity);
  EXPECT_EQ(FeedByHolder(Authority(kCity, Aliases{{{"gln", "1"}}})), "signer-role");
}

// Succession --------------------------------------------------------------------------------------

TEST_F(RulesTest, ASuccessorIsAnotherActiveIdentifier) {
  for (const auto& id : {kCity, kOther, kThird}) Assign(id);
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{kCity, {}})), "successor");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{"MA.156.9999", {}})), "successor");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{"ma.156.1302", {}})), "successor");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{"", {}})), "successor");
  ASSERT_EQ(FeedByInstitutes(Authority(kOther, Suspend{})), "applied");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{kOther, {}})), "successor");
  ASSERT_EQ(FeedByInstitutes(Authority(kOther, Supersede{kThird, {}})), "applied");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{kOther, {}})), "successor");
  ASSERT_EQ(FeedByInstitutes(Authority(kThird, Revoke{})), "applied");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Supersede{kThird, {}})), "successor");
}

TEST_F(RulesTest, ASuccessorListsItsPredecessors) {
  for (const auto& id : {kCity, kOther, kThird}) Assign(id);
  const IdentifierState before = StateOf(kThird);
  ASSERT_EQ(FeedByInstitutes(Authority(kOther, Supersede{kThird, {}})), "applied");
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Supersede{kThird, {}})), "applied");
  EXPECT_EQ(StatusOf(kCity), IdStatus::kSuperseded);
  EXPECT_EQ(StateOf(kCity).successor, Id(kThird));
  IdentifierState after = StateOf(kThird);
  EXPECT_EQ(after.predecessors, (std::vector<CityId>{Id(kOther), Id(kCity)}));
  after.predecessors.clear();
  EXPECT_EQ(after, before) << "the successor's chains do not move";
}

TEST_F(RulesTest, ASuccessorTakesSixtyFourPredecessors) {
  Assign(kCity);
  for (int i = 0; i <= 64; ++i) {
    const std::string id = "MA.156." + std::to_string(2000 + i);
    ASSERT_EQ(FeedByInstitutes(AssignRecord(id, id), {id}), "applied");
    EXPECT_EQ(FeedByInstitutes(Authority(id, Supersede{kCity, {}})),
              i < 64 ? "applied" : "successor");
  }
}

TEST_F(RulesTest, OnlyWhatIsSupersededHasASuccessor) {
  for (const auto& id : {kCity, kOther}) Assign(id);
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Supersede{kOther, {}})), "applied");
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Revoke{})), "applied");
  EXPECT_FALSE(StateOf(kCity).successor);
}

// Revoked codes -----------------------------------------------------------------------------------

class RevokeCodesTest : public RulesTest {
 protected:
  void SetUp() override {
    RulesTest::SetUp();
    Assign(kCity);
    Assign(kOther);
  }
  std::string Revoke(std::vector<SerialRange> serials,
                     std::optional<std::uint64_t> issued_before = {},
                     std::optional<std::uint32_t> serial_below = {}) {
    return FeedByHolder(InNoChain(
        state_, kCity, RevokeCodes{key_, std::move(serials), issued_before, serial_below}));
  }
  bool Revoked(std::uint32_t serial, std::uint32_t issued = 1'800'000'000) {
    return *IsRevoked(state_, key_,
                      CodeClaims{Id(kCity),
                                 Purpose::kCity,
                                 {},
                                 serial,
                                 std::chrono::sys_seconds(std::chrono::seconds(issued)),
                                 0,
                                 {}});
  }

  PublicKey key_ = KeyNamed(kCity + " code").public_key();
};

TEST_F(RevokeCodesTest, RevokesExactlyTheSerials) {
  constexpr std::uint32_t kLast = 0xFFFFFFFF;
  ASSERT_EQ(Revoke({{0, 0}, {7, 8}, {255, 256}, {511, 513}, {1000, 1600}, {kLast, kLast}}),
            "applied");
  for (std::uint32_t serial = 0; serial < 3000; ++serial) {
    const bool expected = serial == 0 || serial == 7 || serial == 8 || serial == 255 ||
                          serial == 256 || (serial >= 511 && serial <= 513) ||
                          (serial >= 1000 && serial <= 1600);
    EXPECT_EQ(Revoked(serial), expected) << serial;
  }
  EXPECT_TRUE(Revoked(kLast));
  EXPECT_FALSE(Revoked(kLast - 1));
  EXPECT_FALSE(Revoked(kLast - 255));
  EXPECT_FALSE(Revoked(kLast - 256));
  key_ = KeyNamed(kOther + " code").public_key();
  EXPECT_FALSE(Revoked(7));
}

TEST_F(RevokeCodesTest, AddsUp) {
  ASSERT_EQ(Revoke({{1, 2}}), "applied");
  ASSERT_EQ(Revoke({{2, 3}}), "applied");
  ASSERT_EQ(Revoke({{300, 300}}), "applied");
  for (const std::uint32_t serial : {1u, 2u, 3u, 300u}) EXPECT_TRUE(Revoked(serial)) << serial;
  EXPECT_FALSE(Revoked(0));
  EXPECT_FALSE(Revoked(4));
}

TEST_F(RevokeCodesTest, RefusesWhatRevokesNothingNew) {
  EXPECT_EQ(Revoke({}), "revoke-nothing");
  EXPECT_EQ(Revoke({}, 0, 0), "revoke-nothing");
  ASSERT_EQ(Revoke({{1, 9}}, 1000, 5), "applied");
  EXPECT_EQ(Revoke({{1, 9}}, 1000, 5), "revoke-nothing");
  EXPECT_EQ(Revoke({{2, 3}, {5, 6}}), "revoke-nothing");
  EXPECT_EQ(Revoke({{9, 10}}), "applied");
}

TEST_F(RevokeCodesTest, TakesRangesInOrderAndApart) {
  EXPECT_EQ(Revoke({{2, 1}}), "revoke-serials");
  EXPECT_EQ(Revoke({{1, 2}, {2, 3}}), "revoke-serials");
  EXPECT_EQ(Revoke({{5, 6}, {1, 2}}), "revoke-serials");
  EXPECT_EQ(Revoke({{5, 6}, {5, 6}}), "revoke-serials");
  EXPECT_EQ(Revoke({{1, 2}, {3, 4}}), "applied");
}

TEST_F(RevokeCodesTest, TakesAtMost65536Serials) {
  EXPECT_EQ(Revoke({{10, 10 + 65'536}}), "revoke-serials");
  EXPECT_EQ(Revoke({{0, 0xFFFFFFFF}}), "revoke-serials");
  EXPECT_EQ(Revoke({{0, 32'767}, {100'000, 132'768}}), "revoke-serials");
  EXPECT_EQ(Revoke({{10, 10 + 65'535}}), "applied");
  EXPECT_FALSE(Revoked(9));
  EXPECT_TRUE(Revoked(10));
  EXPECT_TRUE(Revoked(10 + 65'535));
  EXPECT_FALSE(Revoked(10 + 65'536));
  EXPECT_EQ(Revoke({{0xFFFFFFFF - 65'535, 0xFFFFFFFF}}), "applied");
  EXPECT_TRUE(Revoked(0xFFFFFFFF));
  EXPECT_FALSE(Revoked(0xFFFFFFFF - 65'536));
}

TEST_F(RevokeCodesTest, TakesAtMost1024Ranges) {
  std::vector<SerialRange> ranges;
  for (std::uint32_t i = 0; i < 1025; ++i) ranges.push_back({i * 2, i * 2});
  EXPECT_EQ(Revoke(ranges), "revoke-serials");
  ranges.pop_back();
  EXPECT_EQ(Revoke(ranges), "applied");
  EXPECT_TRUE(Revoked(2046));
  EXPECT_FALSE(Revoked(2047));
  EXPECT_FALSE(Revoked(2048));
}

TEST_F(RevokeCodesTest, ACutOffOnlyRises) {
  ASSERT_EQ(Revoke({}, 1000), "applied");
  EXPECT_TRUE(Revoked(50, 999));
  EXPECT_FALSE(Revoked(50, 1000));
  EXPECT_EQ(Revoke({}, 999), "revoke-nothing");
  ASSERT_EQ(Revoke({}, {}, 20), "applied");
  EXPECT_TRUE(Revoked(19, 5000));
  EXPECT_FALSE(Revoked(20, 5000));
  EXPECT_EQ(Revoke({}, {}, 19), "revoke-nothing");
  // One rises, the other would fall: it stays.
  ASSERT_EQ(Revoke({}, 500, 30), "applied");
  EXPECT_TRUE(Revoked(50, 999));
  EXPECT_TRUE(Revoked(29, 5000));
  EXPECT_FALSE(Revoked(30, 1000));
}

TEST_F(RevokeCodesTest, TakesACodeKeyOfTheSubject) {
  key_ = KeyNamed(kOther + " code").public_key();
  EXPECT_EQ(Revoke({{1, 1}}), "revoke-key");
  key_ = KeyNamed(kCity + " record").public_key();
  EXPECT_EQ(Revoke({{1, 1}}), "revoke-key");
  key_ = KeyNamed("nobody").public_key();
  EXPECT_EQ(Revoke({{1, 1}}), "revoke-key");
}

TEST_F(RevokeCodesTest, TakesCodesOfALostKeyToo) {
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, RecoverTo(kCity, {"fresh"})), {"fresh"}), "applied");
  EXPECT_EQ(Feed(SignNamed(InNoChain(state_, kCity, RevokeCodes{key_, {{1, 1}}, {}, {}}),
                           {{Role::kHolder, "fresh"}})),
            "applied");
  EXPECT_TRUE(Revoked(1));
}

TEST_F(RevokeCodesTest, StandsInNoChain) {
  const IdentifierState before = StateOf(kCity);
  Record record = InNoChain(state_, kCity, RevokeCodes{key_, {{1, 1}}, {}, {}});
  record.previous = before.holder.hash;
  EXPECT_EQ(FeedByHolder(record), "fields");
  record.previous.reset();
  record.authority = before.authority.hash;
  EXPECT_EQ(FeedByHolder(record), "fields");
  record.authority.reset();
  EXPECT_EQ(FeedByHolder(record), "applied");
  EXPECT_EQ(StateOf(kCity), before);
}

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
  policy_.rules = 2;
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

// Every record ------------------------------------------------------------------------------------

TEST_F(RulesTest, OfAnotherLogNothingApplies) {
  Assign(kCity);
  for (const RecordBody& body :
       {RecordBody(UpdateOf(kCity, "Second")), RecordBody(Suspend{}), RecordBody(Revoke{})}) {
    Record record = Holder(kCity, body);
    record.log = RecordHash{};
    EXPECT_EQ(FeedByHolder(record), "log-other");
    record.log.reset();
    EXPECT_EQ(FeedByHolder(record), "log-other");
  }
  Policy policy = consortium_.policy();
  policy.version = 2;
  Record record = NextPolicy(state_, policy);
  record.log = RecordHash{};
  EXPECT_EQ(FeedByInstitutes(record), "log-other");
}

TEST_F(RulesTest, AfterItsTimeNothingApplies) {
  Assign(kCity);
  const auto now = static_cast<std::uint64_t>(kNow.time_since_epoch().count());
  Record record = Holder(kCity, UpdateOf(kCity, "Second"));
  for (const std::uint64_t early : {std::uint64_t{0}, now - 1}) {
    record.not_after = early;
    EXPECT_EQ(FeedByHolder(record), "not-after");
  }
  record.not_after = now;
  EXPECT_EQ(Feed(SignByHolder(record), kNow + std::chrono::seconds(1)), "not-after");
  EXPECT_EQ(Feed(SignByHolder(record), kNow), "applied");
}

TEST_F(RulesTest, ALatestTimeMayBeAnyNumber) {
  Assign(kCity);
  for (const std::uint64_t late :
       {std::uint64_t{1} << 62, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    Record record = Holder(kCity, UpdateOf(kCity, std::to_string(late)));
    record.not_after = late;
    EXPECT_EQ(FeedByHolder(record), "applied") << late;
  }
}

TEST_F(RulesTest, AnAuthoritysRecordNamesNoSecondHead) {
  Assign(kCity);
  Assign(kOther);
  for (const RecordBody& body : {RecordBody(Revoke{}), RecordBody(Supersede{kOther, {}}),
                                 RecordBody(Aliases{}), RecordBody(RecoverTo(kCity, {"fresh"}))}) {
    Record record = Authority(kCity, body);
    record.authority = record.previous;
    EXPECT_EQ(FeedByInstitutes(record), "fields") << Name(record.type());
  }
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, Suspend{})), "applied");
  Record resume = Authority(kCity, Resume{});
  resume.authority = resume.previous;
  EXPECT_EQ(FeedByInstitutes(resume), "fields");
}

TEST_F(RulesTest, NothingPrecedesAnAssignment) {
  Record record = AssignRecord(kCity, "a");
  record.previous = RecordHash{};
  EXPECT_EQ(FeedByInstitutes(record, {"a"}), "assign-fields");
  record.previous.reset();
  record.authority = RecordHash{};
  EXPECT_EQ(FeedByInstitutes(record, {"a"}), "assign-fields");
}

TEST_F(RulesTest, ASubjectIsACanonicalIdentifier) {
  for (const char* wrong : {"", "MA.156", "ma.156.1301", "MA.156.1301-XX", "MA.156.1301."}) {
    Record record = AssignRecord(kCity, "a");
    record.subject = wrong;
    EXPECT_EQ(FeedByInstitutes(record, {"a"}), "subject") << wrong;
  }
  Record record = AssignRecord(kCity, "a");
  record.subject.reset();
  EXPECT_EQ(FeedByInstitutes(record, {"a"}), "subject");
}

TEST_F(RulesTest, ARefusedRecordLeavesTheStateAsItWas) {
  Assign(kCity);
  const auto before = state_.values();
  Update update = UpdateOf(kCity, "Second");
  update.holding.keys.push_back(RecordKey(KeyNamed("fresh")));
  EXPECT_EQ(FeedByHolder(Holder(kCity, update)), "signer-new-key");
  EXPECT_EQ(state_.values(), before);
  // So the key can still be used.
  EXPECT_EQ(FeedByInstitutes(AssignRecord(kOther, "fresh"), {"fresh"}), "applied");
}

// Content -----------------------------------------------------------------------------------------

struct ContentCase {
  const char* name;
  void (*change)(Holding&);
  const char* rule;
};

class ContentRule : public RulesTest, public ::testing::WithParamInterface<ContentCase> {};

TEST_P(ContentRule, HoldsForAssignAndUpdate) {
  Assign(kCity);
  Update update{HoldingNow(kCity)};
  update.holding.endpoints.push_back(
      Endpoint{"service-desc", "https://api.example.cn/", {}, {}, {}, Access::kOpen, {}, {}, {}});
  ASSERT_EQ(FeedByHolder(Holder(kCity, update)), "applied");
  GetParam().change(update.holding);
  EXPECT_EQ(FeedByHolder(Holder(kCity, update)), GetParam().rule);
  Record assign = AssignRecord(kOther, "a");
  auto& holding = std::get<cityid::Assign>(assign.body).holding;
  holding.endpoints = HoldingNow(kCity).endpoints;
  GetParam().change(holding);
  EXPECT_EQ(FeedByInstitutes(assign, {"a"}), GetParam().rule);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ContentRule,
    ::testing::Values(
        ContentCase{"no_name", [](Holding& h) { h.metadata.names.clear(); }, "names"},
        ContentCase{"control", [](Holding& h) { h.metadata.names["en"] = "a\nb"; }, "names"},
        ContentCase{"long_name", [](Holding& h) { h.metadata.names["en"] = std::string(513, 'x'); },
                    "names"},
        ContentCase{"language", [](Holding& h) { h.metadata.names["e n"] = "x"; }, "names"},
        ContentCase{"level", [](Holding& h) { h.metadata.level = "City"; }, "level"},
        ContentCase{"country", [](Holding& h) { h.metadata.country = "chn"; }, "country"},
        ContentCase{"position",
                    [](Holding& h) {
                      h.metadata.position = {900'000'001, 0};
                    },
                    "position"},
        ContentCase{"website", [](Holding& h) { h.metadata.website = "example"; }, "website"},
        ContentCase{"relation", [](Holding& h) { h.endpoints[0].rel = "_a-b"; },
                    "endpoint-relation"},
        ContentCase{"address", [](Holding& h) { h.endpoints[0].href = "/relative"; },
                    "endpoint-address"},
        ContentCase{"quote", [](Holding& h) { h.endpoints[0].href = "https://a/\"><b>"; },
                    "endpoint-address"},
        ContentCase{"partners", [](Holding& h) { h.endpoints[0].partners = {Id(kCity)}; },
                    "endpoint-partners"},
        ContentCase{"many", [](Holding& h) { h.endpoints.resize(65, h.endpoints[0]); },
                    "endpoints"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace cityid

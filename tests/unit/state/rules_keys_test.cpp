// The rules of keys and of the codes that are revoked.
#include <gtest/gtest.h>

#include "ledger/state/revocation.h"
#include "tests/world/ruled_cities.h"

namespace cityid {
namespace {

using testing::CodeKey;
using testing::HoldingOf;
using testing::Id;
using testing::InNoChain;
using testing::kCity;
using testing::KeyNamed;
using testing::kOther;
using testing::kThird;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::RecordKey;
using testing::RulesTest;
using testing::SignNamed;

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
    return *IsRevoked(state_, Sha256(key_.view()),
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

}  // namespace
}  // namespace cityid

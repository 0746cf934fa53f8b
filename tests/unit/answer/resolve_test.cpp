#include "resolver/answer/resolve.h"

#include <gtest/gtest.h>

#include <set>

#include "resolver/show/represent.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::Consortium;
using testing::Feed;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;

/// Shijiazhuang, its traffic department, and codes for both.
class ResolveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Feed(state_, consortium_.genesis()), "applied");
    ASSERT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(2))),
              "applied");
    ASSERT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", consortium_.Institutes(2), 0)),
              "applied");
    ASSERT_EQ(
        Feed(state_, consortium_.AssignEntry("MA.156.1301.02.7", consortium_.Institutes(2), 0)),
        "applied");
  }

  CodeClaims Claims(const std::string& id) const {
    return {Id(id), Purpose::kCity, {}, 7, kNow - hours(1), 30, {}};
  }
  static ClaimedCode Seal(CodeClaims claims, const std::string& key_name) {
    const SecretKey key = KeyNamed(key_name);
    claims.kid = HintOf(key.public_key());
    return *SignCode(claims, key);
  }
  Answer Ask(const Query& query, std::chrono::sys_seconds now = kNow) const {
    auto answer = Resolve(query, state_, Head{TreeSize{4}, RootHash{}, MapHash{}, kNow, kNow},
                          AgeLimits{}, now);
    EXPECT_TRUE(answer);
    return *std::move(answer);
  }
  Verdict VerdictOf(const ClaimedCode& code, std::chrono::sys_seconds now = kNow) const {
    return Ask(Query{code, {}}, now).verdict;
  }

  Consortium consortium_;
  MemoryState state_;
};

TEST_F(ResolveTest, ACityCodeOfItsOwnKeyIsValid) {
  const Answer answer =
      Ask(Query{Seal(Claims("MA.156.1301"), "MA.156.1301 code"), "id.example.cn"});
  EXPECT_EQ(answer.verdict, Verdict::kValid);
  ASSERT_TRUE(answer.known && answer.code);
  EXPECT_EQ(answer.code->signed_by, Id("MA.156.1301"));
}

TEST_F(ResolveTest, AnIdentifierWithoutACodeIsRegisteredNeverValid) {
  EXPECT_EQ(Ask(Query::Typed("ma.156.1301")).verdict, Verdict::kRegistered);
}

TEST_F(ResolveTest, AnAncestorsKeyReachesAsDeepAsItMay) {
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1301.02"), "MA.156.1301 code")), Verdict::kValid);
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1301.02.7"), "MA.156.1301 code")), Verdict::kUnknownKey);
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1301.02.7"), "MA.156.1301.02 code")),
            Verdict::kUnknownKey);
}

TEST_F(ResolveTest, NamesTheLevelsAbove) {
  const Answer answer = Ask(Query::Typed("MA.156.1301.02.7"));
  ASSERT_EQ(answer.known->levels.size(), 3u);
  EXPECT_EQ(answer.known->levels[1].id, Id("MA.156.1301.02"));
  EXPECT_EQ(answer.known->levels[2].id, Id("MA.156.1301"));
}

TEST_F(ResolveTest, AnUnknownIdentifierNamesTheNearestAncestor) {
  const Answer answer = Ask(Query::Typed("MA.156.1301.99.1"));
  EXPECT_EQ(answer.verdict, Verdict::kUnknownId);
  EXPECT_EQ(answer.nearest, Id("MA.156.1301"));
  EXPECT_FALSE(answer.known);
  EXPECT_FALSE(Ask(Query::Typed("MA.156.9999")).nearest);
}

TEST_F(ResolveTest, WalkingUpNeverMakesACodeValid) {
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1301.99"), "MA.156.1301 code")), Verdict::kUnknownId);
}

TEST_F(ResolveTest, AStrangersKeyIsUnknown) {
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1301"), "stranger")), Verdict::kUnknownKey);
}

TEST_F(ResolveTest, ARecordKeySignsNoCodes) {
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1301"), "MA.156.1301 record")), Verdict::kUnknownKey);
}

TEST_F(ResolveTest, AChangedClaimIsForged) {
  ClaimedCode code = Seal(Claims("MA.156.1301"), "MA.156.1301 code");
  code.claims.serial ^= 1;
  const Answer answer = Ask(Query{code, {}});
  EXPECT_EQ(answer.verdict, Verdict::kForged);
  EXPECT_FALSE(answer.code) << "claims of a forged code are not shown as facts";
  EXPECT_FALSE(answer.known);
}

TEST_F(ResolveTest, APurposeThatTheKeyLacksIsWrong) {
  CodeClaims claims = Claims("MA.156.1301");
  claims.purpose = Purpose::kDevice;
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kWrongPurpose);
}

TEST_F(ResolveTest, ThreeHundredSecondsOfSkewAreForgiven) {
  CodeClaims claims = Claims("MA.156.1301");
  claims.issued_at = kNow + seconds(300);
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kValid);
  claims.issued_at += seconds(1);
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kNotYetValid);
}

TEST_F(ResolveTest, ACodeExpiresWithTheSecondOfExp) {
  CodeClaims claims = Claims("MA.156.1301");
  claims.days = 1;
  claims.issued_at = kNow - days(1) + seconds(1);
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kValid);
  claims.issued_at -= seconds(1);
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kExpired);
  claims.days = 0;
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kValid);
}

TEST_F(ResolveTest, AScannerRefusesAnotherHost) {
  const ClaimedCode code = Seal(Claims("MA.156.1301"), "MA.156.1301 code");
  EXPECT_EQ(Ask(Query{code, "id.example.cn.evil.example"}).verdict, Verdict::kWrongHost);
  EXPECT_EQ(Ask(Query{code, {}}).verdict, Verdict::kValid);
}

TEST_F(ResolveTest, AnOldLedgerSaysSoAndThenSaysNothing) {
  const Query query = Query::Typed("MA.156.1301");
  EXPECT_FALSE(Ask(query, kNow + hours(1)).ledger.stale);
  EXPECT_TRUE(Ask(query, kNow + hours(1) + seconds(1)).ledger.stale);
  EXPECT_EQ(Ask(query, kNow + days(7)).verdict, Verdict::kRegistered);
  const Answer stale = Ask(query, kNow + days(7) + seconds(1));
  EXPECT_EQ(stale.verdict, Verdict::kLedgerStale);
  EXPECT_FALSE(stale.known);
}

TEST_F(ResolveTest, WhatCannotBeParsedIsAnsweredAllTheSame) {
  EXPECT_EQ(Ask(Query::Typed("hello")).verdict, Verdict::kMalformed);
  EXPECT_EQ(Ask(Query::Path("ma.156.1301", "1")).verdict, Verdict::kMalformed);
  EXPECT_EQ(Ask(Query::Scanned(AsBytes("https://id.example.cn/MA.156.1301/123"))).verdict,
            Verdict::kMalformed);
}

TEST_F(ResolveTest, AnIdentifierMayRefuseCodesFromAbove) {
  Record record = consortium_.AssignRecord("MA.156.1302", {testing::RecordKey(KeyNamed("c"))});
  ASSERT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1302", consortium_.Institutes(2))),
            "applied");
  Record child = consortium_.AssignRecord("MA.156.1302.1", {testing::RecordKey(KeyNamed("d"))});
  std::get<Assign>(child.body).holding.own_codes_only = true;
  const SecretKey key = KeyNamed("d");
  auto signing = consortium_.Institutes(2);
  signing.push_back({Role::kNewKey, &key});
  ASSERT_EQ(Feed(state_, *SignRecord(child, signing)), "applied");
  EXPECT_EQ(VerdictOf(Seal(Claims("MA.156.1302.1"), "MA.156.1302 code")), Verdict::kUnknownKey);
}

/// Signs with two institutes, or with the named keys in the given roles.
class StatusTest : public ResolveTest {
 protected:
  IdentifierState StateOf(const std::string& id) { return **FindIdentifier(state_, Id(id)); }
  void FeedAuthority(const std::string& id, RecordBody body) {
    Record record{consortium_.log(), id, StateOf(id).authority.hash, {}, {}, std::move(body)};
    ASSERT_EQ(Feed(state_, *SignRecord(record, consortium_.Institutes(2))), "applied");
  }
  Answer AskCode(const std::string& id, const std::string& key) {
    return Ask(Query{Seal(Claims(id), key), {}});
  }
};

TEST_F(StatusTest, ASuspendedIdentifierAndWhatIsBelowItDoNotHold) {
  FeedAuthority("MA.156.1301", Suspend{});
  EXPECT_EQ(AskCode("MA.156.1301", "MA.156.1301 code").verdict, Verdict::kSuspended);
  const Answer below = AskCode("MA.156.1301.02", "MA.156.1301.02 code");
  EXPECT_EQ(below.verdict, Verdict::kSuspended);
  EXPECT_EQ(below.inactive, Id("MA.156.1301"));
  EXPECT_FALSE(below.known);
  FeedAuthority("MA.156.1301", Resume{});
  EXPECT_EQ(AskCode("MA.156.1301.02", "MA.156.1301.02 code").verdict, Verdict::kValid);
}

TEST_F(StatusTest, ASupersededIdentifierNamesItsSuccessor) {
  ASSERT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1302", consortium_.Institutes(2))),
            "applied");
  FeedAuthority("MA.156.1301", Supersede{"MA.156.1302", {}});
  const Answer answer = Ask(Query::Typed("MA.156.1301"));
  EXPECT_EQ(answer.verdict, Verdict::kSuperseded);
  EXPECT_EQ(answer.successor, Id("MA.156.1302"));
  const Answer successor = Ask(Query::Typed("MA.156.1302"));
  EXPECT_EQ(successor.verdict, Verdict::kRegistered);
  EXPECT_EQ(successor.known->self().state.predecessors, std::vector<CityId>{Id("MA.156.1301")});
}

TEST_F(StatusTest, AWithdrawnIdentifierIsGone) {
  FeedAuthority("MA.156.1301", Revoke{});
  EXPECT_EQ(AskCode("MA.156.1301", "MA.156.1301 code").verdict, Verdict::kWithdrawn);
}

TEST_F(StatusTest, StatusIsDecidedBeforeTheSignatureIsLookedAt) {
  FeedAuthority("MA.156.1301", Suspend{});
  EXPECT_EQ(AskCode("MA.156.1301", "stranger").verdict, Verdict::kSuspended);
}

TEST_F(StatusTest, CodesOfARetiredKeyHoldAndLaterOnesDoNot) {
  Holding holding = *ReadHolding(state_, StateOf("MA.156.1301"));
  const auto retired = kNow - hours(1);
  for (KeyGrant& grant : holding.keys) {
    if (grant.use != KeyUse::kCode) continue;
    grant.status = KeyStatus::kRetired;
    grant.retired_at = static_cast<std::uint64_t>(retired.time_since_epoch().count());
  }
  const IdentifierState before = StateOf("MA.156.1301");
  const Record record{
      consortium_.log(), "MA.156.1301", before.holder.hash, before.authority.hash, {},
      Update{holding}};
  const SecretKey holder = KeyNamed("MA.156.1301 record");
  ASSERT_EQ(Feed(state_, *SignRecord(record, {{Role::kHolder, &holder}})), "applied");
  CodeClaims claims = Claims("MA.156.1301");
  claims.issued_at = retired;
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kValid);
  claims.issued_at += seconds(1);
  EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), Verdict::kRevoked);
}

TEST_F(StatusTest, NoCodeOfACompromisedKeyHolds) {
  std::vector<KeyGrant> keys = ReadHolding(state_, StateOf("MA.156.1301"))->keys;
  for (KeyGrant& grant : keys) grant.status = KeyStatus::kCompromised;
  const SecretKey fresh = KeyNamed("fresh");
  keys.push_back(testing::RecordKey(fresh));
  const Record record{
      consortium_.log(), "MA.156.1301", StateOf("MA.156.1301").authority.hash, {}, {},
      Recover{keys}};
  auto signing = consortium_.Institutes(2);
  signing.push_back({Role::kNewKey, &fresh});
  ASSERT_EQ(Feed(state_, *SignRecord(record, signing)), "applied");
  EXPECT_EQ(AskCode("MA.156.1301", "MA.156.1301 code").verdict, Verdict::kRevoked);
}

TEST_F(StatusTest, ARevokedSerialIsRevokedAndItsNeighboursAreNot) {
  const PublicKey key = KeyNamed("MA.156.1301 code").public_key();
  const Record record{
      consortium_.log(), "MA.156.1301", {}, {}, {}, RevokeCodes{key, {{7, 7}, {255, 256}}, {}, {}}};
  ASSERT_EQ(Feed(state_, *SignRecord(record, consortium_.Institutes(2))), "applied");
  for (const auto& [serial, verdict] :
       std::vector<std::pair<std::uint32_t, Verdict>>{{6, Verdict::kValid},
                                                      {7, Verdict::kRevoked},
                                                      {8, Verdict::kValid},
                                                      {254, Verdict::kValid},
                                                      {255, Verdict::kRevoked},
                                                      {256, Verdict::kRevoked},
                                                      {257, Verdict::kValid}}) {
    CodeClaims claims = Claims("MA.156.1301");
    claims.serial = serial;
    EXPECT_EQ(VerdictOf(Seal(claims, "MA.156.1301 code")), verdict) << serial;
  }
}

TEST(VerdictTable, IsInOrderWithUniqueNamesAndEveryText) {
  std::set<std::string_view> names;
  std::size_t i = 0;
  for (const VerdictRow& row : VerdictTable()) {
    EXPECT_EQ(static_cast<std::size_t>(row.verdict), i++);
    EXPECT_TRUE(names.insert(row.name).second);
    EXPECT_EQ(VerdictFromName(row.name), row.verdict);
    EXPECT_EQ(row.exit_status == 0, row.http_status == 200);
    for (const VerdictText& text : row.text)
      EXPECT_FALSE(text.title.empty() || text.advice.empty());
  }
}

TEST_F(ResolveTest, EveryRepresentationEscapesWhatWasTyped) {
  Answer answer = Ask(Query::Typed("<script>alert(1)</script>"));
  answer.detail = "<script>\"\n";
  for (const Representation& row : RepresentationTable()) {
    const std::string text = row.render(answer, {LanguagePriority("ar", ""), "<b>\"host"});
    if (row.type == "text/html") {
      EXPECT_EQ(text.find("<script>"), std::string::npos);
      EXPECT_EQ(text.find("<b>"), std::string::npos);
      EXPECT_NE(text.find("dir=\"rtl\""), std::string::npos);
    } else if (row.type != "application/cbor") {
      EXPECT_EQ(text.find('\n'), text.size() - 1) << row.type;
    }
  }
}

}  // namespace
}  // namespace cityid

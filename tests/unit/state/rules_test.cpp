// The rules of the ledger, one after the other: what each refuses, by its name. Here those of every
// record, of aliases, successors and content.
#include <gtest/gtest.h>

#include "tests/world/ruled_cities.h"

namespace cityid {
namespace {

using testing::Id;
using testing::kCity;
using testing::KeyNamed;
using testing::kNow;
using testing::kOther;
using testing::kThird;
using testing::NextPolicy;
using testing::RecordKey;
using testing::RulesTest;

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

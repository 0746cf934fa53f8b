// What versions 1 and 2 of the rules say of texts, and how a ledger comes from one to the other.
#include <gtest/gtest.h>

#include "tests/world/ruled_cities.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::InstitutesNamed;
using testing::kCity;
using testing::KeyNamed;
using testing::kOther;
using testing::NewKeys;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::RuleOf;
using testing::RulesTest;
using testing::SignNamed;
using testing::With;

const std::string kDeceiving = "Sh\u0430nghai";  // with a Cyrillic a
const std::string kHidden = "Bei\u200Bjing";

class TextRule : public RulesTest {
 protected:
  /// Founds a ledger of this version instead.
  void Found(std::uint64_t rules) {
    consortium_.policy().rules = rules;
    state_ = MemoryState();
    ASSERT_EQ(RuleOf(testing::Feed(
                  state_, *SignRecord(consortium_.GenesisRecord(), consortium_.GenesisKeys()))),
              "applied");
  }
  std::string FeedAssign(const std::string& id, const std::string& name) {
    Record record = AssignRecord(id, id + " record");
    std::get<cityid::Assign>(record.body).holding.metadata.names["en"] = name;
    return FeedByInstitutes(record, {id + " record"});
  }
  std::string FeedPolicy(std::uint64_t rules, const std::string& title) {
    Policy policy = (*FindPolicy(state_))->policy;
    ++policy.version;
    policy.rules = rules;
    policy.institutes[0].title["en"] = title;
    return FeedByInstitutes(NextPolicy(state_, policy));
  }
  std::string FeedDelegate(const std::string& title) {
    Registrar registrar{{{"en", title}}, {KeyNamed("r").public_key()}, 1};
    return FeedByInstitutes(OfPrefix(state_, "MA.156", std::move(registrar)), {"r"});
  }
  template <class Change>
  std::string FeedUpdate(Change change) {
    Update update{HoldingNow(kCity)};
    change(update.holding);
    return FeedByHolder(Holder(kCity, std::move(update)));
  }
  static Endpoint Titled(const std::string& title) {
    Endpoint endpoint;
    endpoint.rel = "service-doc";
    endpoint.href = "https://data.example/";
    endpoint.title["en"] = title;
    return endpoint;
  }
};

TEST_F(TextRule, Version2JudgesEveryTextThatPeopleRead) {
  ASSERT_EQ(FeedAssign(kCity, "Xi'an"), "applied");
  EXPECT_EQ(FeedAssign(kOther, kDeceiving), "text");
  EXPECT_EQ(FeedAssign(kOther, kHidden), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.metadata.names["zh"] = "\u3164"; }), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.metadata.time_zone = kHidden; }), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.endpoints = {Titled(kHidden)}; }), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.endpoints = {Titled(kDeceiving)}; }), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) {
              h.endpoints = {Titled("Data")};
              h.endpoints[0].type = "text/\u200Bhtml";
            }),
            "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) {
              h.endpoints = {Titled("Data")};
              h.endpoints[0].licence = "CC\u00AD-BY-4.0";
            }),
            "text");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Suspend{{kHidden}})), "text");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Revoke{{kDeceiving}})), "text");
  EXPECT_EQ(FeedDelegate(kDeceiving), "text");
  EXPECT_EQ(FeedPolicy(2, kDeceiving), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.endpoints = {Titled("Портал API")}; }), "applied");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Suspend{{"ключ A потерян"}})), "applied");
  EXPECT_EQ(FeedDelegate("中国 IT 研究院"), "applied");
  EXPECT_EQ(FeedPolicy(2, "Institute №1"), "applied");
}

TEST_F(TextRule, Version1TakesWhatItAlwaysTook) {
  Found(1);
  ASSERT_EQ(FeedAssign(kCity, kDeceiving), "applied");
  EXPECT_EQ(FeedUpdate([](Holding& h) {
              h.metadata.names["zh"] = "\u3164";
              h.metadata.time_zone = kHidden;
              h.endpoints = {Titled(kHidden)};
            }),
            "applied");
  EXPECT_EQ(FeedByInstitutes(Authority(kCity, Suspend{{kHidden}})), "applied");
  EXPECT_EQ(FeedDelegate(kDeceiving), "applied");
  EXPECT_EQ(FeedPolicy(1, kDeceiving), "applied");
  // What it refused, it refuses.
  EXPECT_EQ(FeedAssign(kOther, "1\u202E2"), "names");
}

TEST_F(TextRule, TheVersionInForceBeforeARecordJudgesIt) {
  Found(1);
  ASSERT_EQ(FeedAssign(kCity, kDeceiving), "applied");
  // The record that raises the version is itself of version 1.
  ASSERT_EQ(FeedPolicy(2, kDeceiving), "applied");
  EXPECT_EQ(FeedAssign(kOther, kDeceiving), "text");
  EXPECT_EQ(FeedPolicy(2, kDeceiving), "text");
  EXPECT_EQ(FeedPolicy(2, "Institute"), "applied");
  // What version 1 took stays, and readers give it out; the next update says something else.
  EXPECT_EQ(HoldingNow(kCity).metadata.names.at("en"), kDeceiving);
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.metadata.population = 5; }), "text");
  EXPECT_EQ(FeedUpdate([](Holding& h) { h.metadata.names["en"] = "Shanghai"; }), "applied");
}

TEST_F(TextRule, TheVersionIsNeverLowered) {
  ASSERT_EQ((*FindPolicy(state_))->policy.rules, 2u);
  EXPECT_EQ(FeedPolicy(1, "Institute"), "policy-rules");
  EXPECT_EQ(FeedPolicy(0, "Institute"), "policy-rules");
  EXPECT_EQ(FeedPolicy(2, "Institute"), "applied");
  Found(1);
  EXPECT_EQ(FeedPolicy(1, "Institute"), "applied");
  EXPECT_EQ(FeedPolicy(2, "Institute"), "applied");
  EXPECT_EQ(FeedPolicy(1, "Institute"), "policy-rules");
}

TEST_F(TextRule, GenesisIsJudgedByItsOwnVersion) {
  consortium_.policy().institutes[0].title["en"] = kDeceiving;
  Found(1);
  consortium_.policy().rules = 2;
  MemoryState state;
  EXPECT_EQ(RuleOf(testing::Feed(
                state, *SignRecord(consortium_.GenesisRecord(), consortium_.GenesisKeys()))),
            "text");
}

}  // namespace
}  // namespace cityid

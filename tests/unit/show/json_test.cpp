// RenderJson: one object a document, whose members docs/api.md describes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "resolver/show/represent.h"
#include "tests/world/answers.h"

namespace cityid {
namespace {

using Json = nlohmann::json;
using testing::AnswersTest;
using testing::EndpointTo;
using testing::Id;
using testing::kCity;
using testing::KeyNamed;
using testing::kMarkup;
using testing::kUnit;

class RenderJsonTest : public AnswersTest {
 protected:
  static Json Shown(const Document& document) { return Json::parse(RenderJson(document, {})); }
  static std::vector<std::string> MembersOf(const Json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
  }
};

TEST_F(RenderJsonTest, IsOneObjectOnOneLine) {
  for (const Document& document : Documents()) {
    const std::string text = RenderJson(document, {});
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    EXPECT_TRUE(Json::parse(text).is_object()) << text;
  }
}

TEST_F(RenderJsonTest, AnAnswerSaysWhatTheRecordHolds) {
  const Json answer = Shown(AskFor(kCity));
  EXPECT_EQ(answer["verdict"].get<std::string>(), "registered");
  EXPECT_EQ(answer["id"].get<std::string>(), kCity);
  EXPECT_EQ(answer["check"].get<std::string>(), Id(kCity).CheckCharacters());
  EXPECT_EQ(answer["names"], (Json{{"en", "Shijiazhuang"}, {"zh", "石家庄市"}, {"fr", kMarkup}}));
  EXPECT_EQ(answer["level"].get<std::string>(), "prefecture");
  EXPECT_EQ(answer["status"].get<std::string>(), "active");
  EXPECT_EQ(answer["country"].get<std::string>(), "CN");
  EXPECT_EQ(answer["position"], (Json{{"latitude", 38.0428}, {"longitude", 114.5149}}));
  EXPECT_EQ(answer["website"].get<std::string>(), "https://www.sjz.example/");
  EXPECT_EQ(answer["timeZone"].get<std::string>(), "Asia/Shanghai");
  EXPECT_EQ(answer["population"].get<int>(), 11'235'086);
  EXPECT_EQ(answer["aliases"], (Json{{"gbt2260", "130100"}}));
  EXPECT_EQ(answer["ancestors"], Json::array());
  EXPECT_EQ(answer["record"]["index"].get<int>(), 1);
  EXPECT_FALSE(answer.contains("type")) << "a success is no problem";
}

TEST_F(RenderJsonTest, WhatIsNotThereIsLeftOut) {
  const Json answer = Shown(AskFor(kUnit));
  for (const char* name : {"country", "position", "website", "timeZone", "population",
                           "predecessors", "code", "versionTime", "nearest", "successor"}) {
    EXPECT_FALSE(answer.contains(name)) << name;
  }
}

TEST_F(RenderJsonTest, TheLevelsAboveAreNamed) {
  EXPECT_EQ(Shown(AskFor(kUnit))["ancestors"],
            (Json::array({{{"id", kCity}, {"names", city_.names}}})));
}

TEST_F(RenderJsonTest, AnEndpointHasTheMembersOfItsRecord) {
  const Json endpoint = Shown(AskFor(kCity))["endpoints"][0];
  EXPECT_EQ(endpoint["rel"].get<std::string>(), "service-doc");
  EXPECT_EQ(endpoint["href"].get<std::string>(), "https://docs.example.org/");
  EXPECT_EQ(endpoint["encrypted"], true);
  EXPECT_EQ(endpoint["type"].get<std::string>(), "text/html");
  EXPECT_EQ(endpoint["title"], (Json{{"en", "Docs"}, {"zh", "文档"}}));
  EXPECT_EQ(endpoint["hreflang"], (Json{"zh-Hans", "en", "zh-CN", "yue"}));
  EXPECT_EQ(endpoint["access"].get<std::string>(), "open");
  EXPECT_EQ(endpoint["conformsTo"], (Json{"https://schema.example/doc"}));
}

TEST_F(RenderJsonTest, APrivateAddressIsNotHandedOn) {
  const Json endpoints = Shown(AskFor(kCity))["endpoints"];
  EXPECT_EQ(endpoints[2]["rel"].get<std::string>(), "_private");
  EXPECT_FALSE(endpoints[2].contains("href"));
  EXPECT_FALSE(endpoints[2].contains("encrypted"));
  EXPECT_EQ(endpoints[3]["href"].get<std::string>(), "coaps://a.example/");
}

TEST_F(RenderJsonTest, AKeySaysWhatItMayDo) {
  const Json keys = Shown(AskFor(kCity))["keys"];
  ASSERT_EQ(keys.size(), 2u);
  const PublicKey code = KeyNamed(kCity + " code").public_key();
  EXPECT_EQ(keys[1], (Json{{"kid", Hex(HintOf(code))},
                           {"key", Hex(code)},
                           {"use", "code"},
                           {"purposes", {"city", "unit"}},
                           {"depth", 1},
                           {"status", "active"}}));
  EXPECT_EQ(keys[0]["use"].get<std::string>(), "record");
  EXPECT_FALSE(keys[0].contains("depth"));
}

TEST_F(RenderJsonTest, EveryAnswerSaysWhichLedgerItIsOf) {
  const Json ledger = Shown(AskFor(kCity))["ledger"];
  EXPECT_EQ(ledger, (Json{{"origin", "id.example.cn/ledger"},
                          {"log", Hex(consortium_.log())},
                          {"hosts", {"id.example.cn"}},
                          {"size", 7},
                          {"root", Hex(Bytes(32, 0xAB))},
                          {"time", "2027-01-15T08:00:00Z"},
                          {"stale", true}}));
  for (const Document& document : Documents()) {
    if (std::holds_alternative<ProblemPage>(document)) continue;
    EXPECT_EQ(Shown(document)["ledger"], ledger);
  }
}

TEST_F(RenderJsonTest, ALedgerWithEvidenceAgainstItSaysSo) {
  Answer answer = AskFor(kCity);
  EXPECT_FALSE(Shown(answer)["ledger"].contains("frozen"));
  answer.ledger.head.frozen = true;
  EXPECT_EQ(Shown(answer)["ledger"]["frozen"], true);
}

TEST_F(RenderJsonTest, ACodeSaysWhatWasSigned) {
  const Json answer = Shown(Ask(Query{CodeBy(kCity + " code"), {}}));
  EXPECT_EQ(answer["verdict"].get<std::string>(), "valid");
  EXPECT_EQ(answer["code"], (Json{{"purpose", "city"},
                                  {"issued", "2027-01-15T07:00:00Z"},
                                  {"expires", "2027-02-14T07:00:00Z"},
                                  {"serial", 7},
                                  {"kid", Hex(HintOf(KeyNamed(kCity + " code").public_key()))},
                                  {"signedBy", kCity}}));
}

TEST_F(RenderJsonTest, ADocumentsCodeSaysWhichDocument) {
  Answer answer = Ask(Query{CodeBy(kCity + " code"), {}});
  ASSERT_TRUE(answer.code);
  answer.code->claims.document = DocumentClaims{
      "permit", "2026-1187", std::chrono::sys_days(std::chrono::days(20'000)), Sha256Hash{}};
  EXPECT_EQ(Shown(answer)["code"]["document"], (Json{{"type", "permit"},
                                                     {"number", "2026-1187"},
                                                     {"date", "2024-10-04"},
                                                     {"sha256", std::string(64, '0')}}));
}

TEST_F(RenderJsonTest, WhatIsNoSuccessIsAProblem) {
  const Json unknown = Shown(AskFor(kCity + ".99"));
  EXPECT_EQ(unknown["type"].get<std::string>(), "/problems/unknown-id");
  EXPECT_EQ(unknown["status"].get<int>(), 404);
  EXPECT_EQ(unknown["verdict"].get<std::string>(), "unknown-id");
  EXPECT_EQ(unknown["id"].get<std::string>(), kCity + ".99");
  EXPECT_EQ(unknown["nearest"].get<std::string>(), kCity);
  EXPECT_FALSE(unknown["title"].get<std::string>().empty());
  EXPECT_FALSE(unknown["detail"].get<std::string>().empty());
  const Json stranger = Shown(Ask(Query{CodeBy("stranger"), {}}));
  EXPECT_EQ(stranger["type"].get<std::string>(), "/problems/unknown-key");
  EXPECT_FALSE(stranger.contains("endpoints"));
}

TEST_F(RenderJsonTest, WhatEndedSaysWhyAndWhereToGo) {
  Assign(testing::kOther);
  Supersede record{testing::kOther, "merged"};
  ASSERT_EQ(FeedByInstitutes(Authority(kCity, record)), "applied");
  const Json ended = Shown(AskFor(kCity));
  EXPECT_EQ(ended["verdict"].get<std::string>(), "superseded");
  EXPECT_EQ(ended["status"].get<int>(), 410);
  EXPECT_EQ(ended["inactive"].get<std::string>(), kCity);
  EXPECT_EQ(ended["successor"].get<std::string>(), testing::kOther);
  EXPECT_EQ(ended["endedBy"]["index"].get<int>(), 4);
  EXPECT_EQ(Shown(AskFor(testing::kOther))["predecessors"], (Json{kCity}));
}

TEST_F(RenderJsonTest, AListHasItsItemsUnderTheNameOfItsKind) {
  const Json results = Shown(ListOf(ListKind::kSearch));
  EXPECT_EQ(results["query"].get<std::string>(), kCity);
  EXPECT_EQ(results["next"].get<std::string>(), "/next?after=x&lang=en");
  const Json item = {
      {"id", kUnit}, {"names", {{"en", kMarkup}}}, {"level", "department"}, {"status", "active"}};
  EXPECT_EQ(results["results"], Json::array({item}));
  const Json children = Shown(ListOf(ListKind::kChildren));
  EXPECT_EQ(children["of"].get<std::string>(), kCity);
  EXPECT_EQ(children["children"], Json::array({item}));
  const Json peers = Shown(ListOf(ListKind::kPeers));
  EXPECT_EQ(peers["peers"][0]["endpoint"]["href"].get<std::string>(), "https://b.example.org/");
  const Json changes = Shown(ListOf(ListKind::kHistory));
  EXPECT_EQ(changes["since"].get<std::string>(), "2027-01-15T08:00:00Z");
  EXPECT_EQ(changes["changes"], Json::array({{{"index", 4},
                                              {"time", "2027-01-15T08:00:00Z"},
                                              {"type", "update"},
                                              {"hash", std::string(64, '0')},
                                              {"entry", "/ledger/entry/4"}}}));
}

TEST_F(RenderJsonTest, TheFrontPageNamesTheWaysIn) {
  const Json front = Shown(FrontPage{AskFor(kCity).ledger});
  EXPECT_EQ(front["openapi"].get<std::string>(), "/openapi.json");
  EXPECT_EQ(front["search"].get<std::string>(), "/search?q={text}");
  EXPECT_EQ(front["verify"].get<std::string>(), "/verify");
}

TEST_F(RenderJsonTest, ATypeOfProblemIsExplainedInEveryLanguage) {
  const Json type = Shown(ProblemPage{"forged", 403, ""});
  EXPECT_EQ(type["type"].get<std::string>(), "/problems/forged");
  EXPECT_EQ(type["verdict"].get<std::string>(), "forged");
  EXPECT_EQ(type["exit"].get<int>(), 1);
  EXPECT_EQ(MembersOf(type["text"]), (std::vector<std::string>{"ar", "en", "zh-CN"}));
  for (const Json& text : type["text"]) {
    EXPECT_FALSE(text["title"].get<std::string>().empty());
    EXPECT_FALSE(text["advice"].get<std::string>().empty());
  }
}

TEST_F(RenderJsonTest, AProblemThatHappenedHasItsDetail) {
  const Json problem = Shown(ProblemPage{"bad-request", 400, kMarkup});
  EXPECT_EQ(problem, (Json{{"type", "/problems/bad-request"},
                           {"title", "Bad Request"},
                           {"status", 400},
                           {"detail", kMarkup}}));
}

}  // namespace
}  // namespace cityid

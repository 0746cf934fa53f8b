#include "resolver/answer/fact.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

CodeClaims DocumentCode() {
  return {*CityId::Parse("MA.156.1301"),
          Purpose::kDocument,
          *KeyHint::From(Bytes{1, 2, 3, 4}),
          7,
          sys_seconds(std::chrono::seconds(86400)),
          2,
          DocumentClaims{"permit",
                         "12-\u05D0",
                         sys_days(days(3)),
                         Sha256(AsBytes("x")),
                         {{"b", "1\""}, {"a", "<2>"}}}};
}

nlohmann::json JsonOf(const CodeClaims& claims, const CityId* signed_by) {
  std::string out;
  JsonText json(out);
  json.BeginObject();
  PutFacts(json, claims, signed_by);
  json.EndObject();
  return nlohmann::json::parse(out);
}

TEST(PutFacts, WritesWhatACodeSays) {
  const CityId signer = *CityId::Parse("MA.156.13");
  EXPECT_EQ(JsonOf(DocumentCode(), &signer),
            nlohmann::json({{"purpose", "document"},
                            {"issued", "1970-01-02T00:00:00Z"},
                            {"expires", "1970-01-04T00:00:00Z"},
                            {"serial", 7},
                            {"kid", "01020304"},
                            {"signedBy", "MA.156.13"},
                            {"document",
                             {{"type", "permit"},
                              {"number", "12-\u05D0"},
                              {"date", "1970-01-04"},
                              {"sha256", Hex(Sha256(AsBytes("x")))},
                              {"facts",
                               {{{"label", "b"}, {"value", "1\""}},
                                {{"label", "a"}, {"value", "<2>"}}}}}}}));
}

TEST(PutFacts, LeavesOutWhatACodeDoesNotSay) {
  CodeClaims claims = DocumentCode();
  claims.document->date.reset();
  claims.document->digest.reset();
  claims.document->facts.clear();
  claims.days = 0;
  const auto json = JsonOf(claims, nullptr);
  EXPECT_EQ(json["document"].size(), 2u);
  EXPECT_FALSE(json.contains("expires"));
  EXPECT_FALSE(json.contains("signedBy"));
  claims.purpose = Purpose::kCity;
  claims.document.reset();
  EXPECT_FALSE(JsonOf(claims, nullptr).contains("document"));
}

TEST(FactTable, HasANameInEachLanguageAndNoneTwice) {
  for (std::size_t language = 0; language < kLanguages; ++language) {
    std::set<std::string_view> names;
    for (const Fact& fact : FactTable()) {
      EXPECT_FALSE(fact.name[language].empty()) << fact.member;
      EXPECT_TRUE(names.insert(fact.name[language]).second) << fact.name[language];
      EXPECT_EQ(fact.absent[language].empty(), fact.absent[0].empty()) << fact.member;
    }
  }
}

TEST(FactTable, HasTheKindOfEachValue) {
  const CityId signer = *CityId::Parse("MA.156.13");
  for (const Fact& fact : FactTable()) {
    EXPECT_EQ(fact.value(DocumentCode(), &signer).index(), static_cast<std::size_t>(fact.kind))
        << fact.member;
  }
}

TEST(FactTable, BeginsWithWhatIsComparedWithADocument) {
  EXPECT_EQ(FactTable()[0].member, "facts");
  EXPECT_EQ(FactTable()[1].member, "type");
  EXPECT_EQ(FactTable()[2].member, "number");
  EXPECT_EQ(FactTable()[3].member, "date");
  EXPECT_EQ(FactTable()[4].member, "sha256");
}

}  // namespace
}  // namespace cityid

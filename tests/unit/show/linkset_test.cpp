// RenderLinkset: an answer's endpoints as links (RFC 9264), as GS1 has them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "resolver/show/represent.h"
#include "tests/world/answers.h"

namespace cityid {
namespace {

using Json = nlohmann::json;
using testing::AnswersTest;
using testing::kCity;
using testing::kUnit;

class RenderLinksetTest : public AnswersTest {
 protected:
  static Json Linkset(const Document& document, Language language = Language::kEnglish) {
    return Json::parse(
               RenderLinkset(document, {LanguagePriority(Tag(language), ""), "other.example", "/"}))
        .at("linkset");
  }
};

TEST_F(RenderLinksetTest, TheAnchorIsTheIdentifierAtTheFirstHostOfThePolicy) {
  const Json links = Linkset(AskFor(kCity));
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0]["anchor"].get<std::string>(), "https://id.example.cn/" + kCity);
}

TEST_F(RenderLinksetTest, TheLevelsAboveFollow) {
  const Json links = Linkset(AskFor(kUnit));
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0]["anchor"].get<std::string>(), "https://id.example.cn/" + kUnit);
  EXPECT_EQ(links[1]["anchor"].get<std::string>(), "https://id.example.cn/" + kCity);
}

TEST_F(RenderLinksetTest, TextsAreInTheLanguageOfTheContext) {
  EXPECT_EQ(Linkset(AskFor(kCity))[0]["itemDescription"].get<std::string>(), "Shijiazhuang");
  const Json chinese = Linkset(AskFor(kCity), Language::kChinese)[0];
  EXPECT_EQ(chinese["itemDescription"].get<std::string>(), "石家庄市");
  EXPECT_EQ(chinese["service-doc"][0]["title"].get<std::string>(), "文档");
}

TEST_F(RenderLinksetTest, ALinkHasTheMembersOfTheSchema) {
  const Json link = Linkset(AskFor(kCity))[0]["service-doc"];
  EXPECT_EQ(link, Json::array({{{"href", "https://docs.example.org/"},
                                {"title", "Docs"},
                                {"type", "text/html"},
                                {"hreflang", {"zh-CN", "en"}},
                                {"public", true}}}))
      << "a script is a country's, a language of three letters is not known, and none is twice";
}

TEST_F(RenderLinksetTest, ARelationOfOursIsAUri) {
  const Json city = Linkset(AskFor(kCity))[0];
  EXPECT_FALSE(city.contains("_broker"));
  const Json broker = city["https://id.example.cn/rel/_broker"][0];
  EXPECT_EQ(broker["title"].get<std::string>(), "_broker") << "without a title its relation";
}

TEST_F(RenderLinksetTest, WhatLeadsNowhereIsLeftOut) {
  const Json city = Linkset(AskFor(kCity))[0];
  EXPECT_FALSE(city.contains("https://id.example.cn/rel/_private"));
  EXPECT_FALSE(city.contains("https://id.example.cn/rel/_device"));
}

TEST_F(RenderLinksetTest, WhatIsNoAnswerOrNoSuccessIsAsInJson) {
  for (const Document& document : Documents()) {
    const auto* answer = std::get_if<Answer>(&document);
    const bool success = answer != nullptr && answer->known;
    EXPECT_EQ(RenderLinkset(document, {}) == RenderJson(document, {}), !success);
  }
}

}  // namespace
}  // namespace cityid

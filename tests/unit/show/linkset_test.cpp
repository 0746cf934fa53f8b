// Linksets: an answer's endpoints as links (RFC 9264), and as GS1 has them.
#include "resolver/show/linkset.h"

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
  Json Gs1(Language language) {
    const Answer answer = AskFor(kCity);
    const Gs1Linkset gs1{"https://id.example.cn/asked"};
    return Json::parse(LinksetText(answer.known->levels, "https://id.example.cn",
                                   LanguagePriority(Tag(language), ""), &gs1))
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
  EXPECT_EQ(Gs1(Language::kEnglish)[0]["itemDescription"], "Shijiazhuang");
  EXPECT_EQ(Gs1(Language::kChinese)[0]["itemDescription"], "石家庄市");
  const Json chinese = Linkset(AskFor(kCity), Language::kChinese)[0];
  EXPECT_EQ(chinese["service-doc"][0]["title"].get<std::string>(), "文档");
}

TEST_F(RenderLinksetTest, ALinkHasTheMembersOfTheSchema) {
  const Json link = Gs1(Language::kEnglish)[0]["service-doc"];
  EXPECT_EQ(link, Json::array({{{"href", "https://docs.example.org/"},
                                {"title", "Docs"},
                                {"type", "text/html"},
                                {"hreflang", {"zh-CN", "en"}},
                                {"public", true}}}))
      << "a script is a country's, a language of three letters is not known, and none is twice";
}

TEST_F(RenderLinksetTest, WithoutGs1EveryMemberIsAnAnchorOrLinksOfTheRfc) {
  const Json city = Linkset(AskFor(kCity))[0];
  for (const auto& [name, links] : city.items()) {
    if (name == "anchor") continue;
    ASSERT_TRUE(links.is_array()) << name;
    for (const Json& link : links) EXPECT_FALSE(link.contains("public"));
  }
  EXPECT_EQ(city["service-doc"][0]["hreflang"][0], "zh-Hans") << "tags are as the record has them";
}

TEST_F(RenderLinksetTest, Gs1GivesTheAnchorThatWasAsked) {
  EXPECT_EQ(Gs1(Language::kEnglish)[0]["anchor"], "https://id.example.cn/asked");
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

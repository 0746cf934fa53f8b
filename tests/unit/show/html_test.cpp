// RenderHtml: a page a document, for phones, without scripts.
#include "resolver/show/html.h"

#include <gtest/gtest.h>

#include "tests/world/answers.h"

namespace cityid {
namespace {

using testing::AnswersTest;
using testing::kCity;
using testing::kMarkup;
using testing::kUnit;

std::size_t Count(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size())
    ++count;
  return count;
}

class RenderHtmlTest : public AnswersTest {
 protected:
  static RenderContext In(Language language) {
    return {LanguagePriority(Tag(language), ""), "id.example.cn", "/asked?q=1"};
  }
  static std::string Page(const Document& document, Language language = Language::kEnglish) {
    return RenderHtml(document, In(language));
  }
};

TEST(Escape, ReplacesWhatMeansSomethingInHtml) {
  EXPECT_EQ(Escape("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(Escape("石家庄"), "石家庄");
}

TEST(InLanguage, ChangesTheLanguageAndNothingElse) {
  EXPECT_EQ(InLanguage("/search?q=a%26b&lang=en", Language::kArabic), "/search?q=a%26b&lang=ar");
  EXPECT_EQ(InLanguage("/MA.156.1301", Language::kEnglish), "/MA.156.1301?lang=en");
}

TEST_F(RenderHtmlTest, EveryDocumentIsAPageInTheLanguageOfTheContext) {
  for (const Document& document : Documents()) {
    for (const auto& [language, tag] : {std::pair{Language::kEnglish, "<html lang=\"en\""},
                                        std::pair{Language::kChinese, "<html lang=\"zh-CN\""},
                                        std::pair{Language::kArabic, "<html lang=\"ar\""}}) {
      const std::string page = Page(document, language);
      EXPECT_TRUE(page.starts_with("<!DOCTYPE html>")) << page.substr(0, 100);
      EXPECT_EQ(Count(page, tag), 1u) << tag << page.substr(0, 200);
      EXPECT_EQ(Count(page, "dir=\"rtl\"") > 0, language == Language::kArabic);
      EXPECT_EQ(Count(page, "<h1"), 1u) << page;
      EXPECT_EQ(Count(page, "<title>"), 1u);
    }
  }
}

TEST_F(RenderHtmlTest, NothingFromElsewhereIsMarkup) {
  std::size_t escaped = 0;
  for (const Document& document : Documents()) {
    const std::string page = Page(document);
    EXPECT_EQ(Count(page, kMarkup), 0u) << page;
    EXPECT_EQ(Count(page, "<script"), 0u) << page;
    escaped += Count(page, "&lt;script&gt;");
  }
  EXPECT_GE(escaped, 4u) << "a name, what was typed, an item and a detail";
}

TEST_F(RenderHtmlTest, NothingIsLoadedFromElsewhere) {
  for (const Document& document : Documents()) {
    const std::string page = Page(document);
    for (const char* loads : {"src=\"http", "@import", "url(http", "<iframe", "<link rel=\"style"})
      EXPECT_EQ(Count(page, loads), 0u) << loads;
  }
}

TEST_F(RenderHtmlTest, WhatACodeSaysIsAFactOnlyIfItIsValid) {
  const std::string fact = "<h2>The code</h2>", claim = "<h2>What the code claims, though";
  ClaimedCode code = CodeBy(kCity + " code");
  const std::string valid = Page(Ask(Query{code, {}}));
  EXPECT_EQ(Count(valid, fact), 1u) << valid;
  EXPECT_EQ(Count(valid, claim), 0u) << valid;
  code.claims.purpose = Purpose::kDocument;  // for which the key has no right
  code.claims.document = DocumentClaims{"permit", "12-\u05D0", {}, {}};
  code = *SignCode(code.claims, testing::KeyNamed(kCity + " code"));
  const std::string page = Page(Ask(Query{code, {}}));
  EXPECT_EQ(Count(page, fact), 0u) << page;
  EXPECT_EQ(Count(page, claim), 1u) << page;
  EXPECT_EQ(Count(page, "<dt>Document</dt><dd><bdi>permit</bdi></dd>"), 1u) << page;
  EXPECT_EQ(Count(page, "<dt>Number</dt><dd><bdi>12-\u05D0</bdi></dd>"), 1u) << page;
}

TEST_F(RenderHtmlTest, WhatAnOfficeWroteIsEscapedIsolatedAndApart) {
  ClaimedCode code = CodeBy(kCity + " code");
  code.claims.purpose = Purpose::kDocument;
  code.claims.document = DocumentClaims{"permit", "1", {}, {}};
  code.claims.document->facts = {{"Signed by</dt>", "<script>"}, {"\u05D0", "12-\u05D1"}};
  code = *SignCode(code.claims, testing::KeyNamed(kCity + " code"));
  const std::string page = Page(Ask(Query{code, {}}));
  EXPECT_EQ(Count(page,
                  "<dl><dt>Facts</dt><dd><dl class=\"facts\">"
                  "<dt><bdi>Signed by&lt;/dt&gt;</bdi></dt><dd><bdi>&lt;script&gt;</bdi></dd>"
                  "<dt><bdi>\u05D0</bdi></dt><dd><bdi>12-\u05D1</bdi></dd></dl></dd>"
                  "<dt>Document</dt>"),
            1u)
      << page;
}

TEST_F(RenderHtmlTest, ANameIsIsolatedAlsoInTheLanguageOfThePage) {
  for (const Language language : {Language::kEnglish, Language::kChinese, Language::kArabic}) {
    const std::string page = Page(AskFor(kCity), language);
    const std::size_t name = page.find("class=\"name\"");
    ASSERT_NE(name, std::string::npos) << page;
    EXPECT_EQ(page.substr(page.find('>', name) + 1, 4), "<bdi") << page.substr(name, 100);
  }
}

TEST_F(RenderHtmlTest, TheVerdictIsTheHeadingButOfThePast) {
  for (const Document& document : Documents()) {
    const auto* answer = std::get_if<Answer>(&document);
    if (answer == nullptr) continue;
    for (const Language language : {Language::kEnglish, Language::kChinese, Language::kArabic}) {
      const std::string page = Page(document, language);
      const std::size_t heading = page.find("<h1");
      const std::string within = page.substr(heading, page.find("</h1>") - heading);
      const std::string_view title =
          answer->as_of ? HtmlTexts(language).past_title : Text(answer->verdict, language).title;
      EXPECT_EQ(Count(within, Escape(title)), 1u) << within;
    }
  }
}

TEST_F(RenderHtmlTest, AnAnswerHasTheNameInTheLanguageOfThePage) {
  EXPECT_GE(Count(Page(AskFor(kCity), Language::kChinese), "石家庄市"), 1u);
  EXPECT_GE(Count(Page(AskFor(kCity), Language::kEnglish), "Shijiazhuang"), 1u);
}

TEST_F(RenderHtmlTest, TheHostThatWasAskedIsShown) {
  EXPECT_GE(Count(Page(Ask(Query{CodeBy(kCity + " code"), {}})), "id.example.cn"), 1u);
}

TEST_F(RenderHtmlTest, OnlyAPublicAndEncryptedAddressIsALink) {
  const std::string page = Page(AskFor(kCity));
  EXPECT_EQ(Count(page, "href=\"https://broker.example.org/\""), 1u);
  EXPECT_EQ(Count(page, "href=\"https://10.0.0.1/"), 0u);
  EXPECT_EQ(Count(page, "href=\"coaps://a.example/\""), 1u);
}

TEST_F(RenderHtmlTest, AForgedCodeLendsNoNames) {
  ClaimedCode code = CodeBy(kCity + " code");
  code.claims.serial ^= 1;
  const std::string page = Page(Ask(Query{code, {}}));
  EXPECT_EQ(Count(page, "Shijiazhuang"), 0u);
}

TEST_F(RenderHtmlTest, AnOldLedgerIsWarnedOf) {
  Answer answer = AskFor(kCity);
  ASSERT_TRUE(answer.ledger.stale);
  const std::size_t warned = Count(Page(answer), "<p class=\"warn\"");
  answer.ledger.stale = false;
  EXPECT_EQ(warned, 1u);
  EXPECT_EQ(Count(Page(answer), "<p class=\"warn\""), 0u);
}

TEST_F(RenderHtmlTest, AListLeadsToItsItemsAndItsNextPage) {
  const std::string page = Page(ListOf(ListKind::kChildren));
  EXPECT_GE(Count(page, "href=\"/" + kUnit), 1u);
  EXPECT_GE(Count(page, "/next?after=x&amp;lang=en"), 1u);
}

TEST_F(RenderHtmlTest, EveryPageLeadsToTheOtherLanguages) {
  for (const Document& document : Documents()) {
    const std::string page = Page(document);
    for (const char* lang : {"lang=zh", "lang=ar"})
      EXPECT_GE(Count(page, std::string("/asked?q=1&amp;") + lang), 1u) << lang << page;
  }
}

}  // namespace
}  // namespace cityid

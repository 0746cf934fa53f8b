#include "resolver/words/language_priority.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cityid {
namespace {

/// Returns the tag that fits best; empty if none fits.
std::string BestOf(const LanguagePriority& priority, const std::vector<std::string>& tags) {
  std::string best;
  unsigned best_rank = 0;
  for (const std::string& tag : tags) {
    const auto rank = priority.Rank(tag);
    if (!rank || (!best.empty() && *rank >= best_rank)) continue;
    best = tag;
    best_rank = *rank;
  }
  return best;
}
std::string BestOf(std::string_view accept_language, const std::vector<std::string>& tags) {
  return BestOf(LanguagePriority("", accept_language), tags);
}
Language PageOf(std::string_view accept_language) {
  return LanguagePriority("", accept_language).page();
}

TEST(LanguagePriority, APageIsInTheFirstLanguageThatPagesComeIn) {
  EXPECT_EQ(PageOf("zh-Hant-TW"), Language::kChinese);
  EXPECT_EQ(PageOf("en-US,en;q=0.9"), Language::kEnglish);
  EXPECT_EQ(PageOf("fr, ar;q=0.5, zh;q=0.4"), Language::kArabic);
  EXPECT_EQ(PageOf("fr, de"), Language::kEnglish);
  EXPECT_EQ(PageOf(""), Language::kEnglish);
  EXPECT_EQ(PageOf("zh;q=0, ar;q=0.001"), Language::kArabic);
  EXPECT_EQ(PageOf("zh_TW"), Language::kChinese);
  EXPECT_EQ(PageOf("zhx, z, -, x-zh, *"), Language::kEnglish);
}

TEST(LanguagePriority, ATextIsInTheFirstLanguageThatTheRecordHas) {
  EXPECT_EQ(BestOf("fr, zh;q=0.5", {"en", "fr", "zh"}), "fr");
  EXPECT_EQ(BestOf("fr, zh;q=0.5", {"en", "zh"}), "zh");
  EXPECT_EQ(BestOf("ug, bo;q=0.9, mn;q=0.8", {"mn", "en", "bo"}), "bo");
  EXPECT_EQ(BestOf("de", {"fr", "en"}), "en");
  EXPECT_EQ(BestOf("de", {"fr", "es"}), "");
}

TEST(LanguagePriority, ARangeIsShortenedFromItsEnd) {
  EXPECT_EQ(BestOf("ar-EG", {"en", "ar"}), "ar");
  EXPECT_EQ(BestOf("pt-BR", {"pt-PT", "pt", "en"}), "pt");
  EXPECT_EQ(BestOf("pt-BR", {"pt-BR", "pt", "en"}), "pt-BR");
  EXPECT_EQ(BestOf("de-Latn-DE-x-a, fr", {"de", "fr"}), "de");
}

TEST(LanguagePriority, ATagMayBeMoreExactThanARange) {
  EXPECT_EQ(BestOf("ar", {"en", "ar-SA"}), "ar-SA");
  EXPECT_EQ(BestOf("sr-RS", {"en", "sr-Latn-RS"}), "sr-Latn-RS");
  EXPECT_EQ(BestOf("en", {"en-x-a", "eng"}), "en-x-a");
  EXPECT_EQ(BestOf("de-CH", {"de-x-CH", "en"}), "de-x-CH") << "by its language only";
}

TEST(LanguagePriority, ChineseIsToldApartByItsScript) {
  const std::vector<std::string> both = {"en", "zh-Hans", "zh-Hant"};
  for (const char* range : {"zh-CN", "zh-SG", "zh-Hans-HK", "ZH-cn", "zh_CN"})
    EXPECT_EQ(BestOf(range, both), "zh-Hans") << range;
  for (const char* range : {"zh-TW", "zh-HK", "zh-MO", "zh-Hant-CN"})
    EXPECT_EQ(BestOf(range, both), "zh-Hant") << range;
  EXPECT_EQ(BestOf("zh-TW", {"en", "zh-Hans"}), "zh-Hans");
  EXPECT_EQ(BestOf("zh-CN", {"en", "zh-TW"}), "zh-TW");
  EXPECT_EQ(BestOf("zh-TW", {"zh-CN", "zh-TW"}), "zh-TW");
  EXPECT_EQ(BestOf("zh-HK", {"zh-CN", "zh-TW"}), "zh-TW");
  EXPECT_EQ(BestOf("zh-TW,zh;q=0.9,en;q=0.8", {"en", "zh"}), "zh");
}

TEST(LanguagePriority, AnAddressNamesTheLanguageAndTheHeaderWhichOfItsForms) {
  const std::vector<std::string> tags = {"en", "fr", "zh-Hans", "zh-Hant"};
  const LanguagePriority pressed("zh", "fr, zh-TW;q=0.5, en;q=0.1");
  EXPECT_EQ(pressed.page(), Language::kChinese);
  EXPECT_EQ(BestOf(pressed, tags), "zh-Hant");
  EXPECT_EQ(BestOf(LanguagePriority("zh-TW", "zh-CN"), tags), "zh-Hant");
  EXPECT_EQ(BestOf(LanguagePriority("en", "fr"), tags), "en");
  EXPECT_EQ(BestOf(LanguagePriority("xx", "fr"), tags), "fr") << "pages don't come in it";
}

TEST(LanguagePriority, IsBounded) {
  std::string many;
  for (char c = 'a'; c <= 'z'; ++c) many += std::string("x") + c + ",";
  EXPECT_EQ(BestOf(many, {"xf"}), "xf");
  EXPECT_EQ(BestOf(many, {"xg"}), "");
  EXPECT_EQ(BestOf(many + "xz;q=1.0", {"xz"}), "");
  EXPECT_EQ(BestOf("zh-Latn-CN-pinyin", {"en", "zh", "zh-Latn"}), "zh-Latn");
  EXPECT_EQ(
      BestOf(std::string(1000, 'a') + ", " + std::string("fr-") + std::string(20, 'a') + ", de",
             {"de"}),
      "de");
  EXPECT_EQ(BestOf("de;q=0.1," + many, {"de"}), "") << "the better ones push it out";
}

TEST(LanguagePriority, WhatMostBrowsersSendIsUsual) {
  for (const char* usual : {"", "en", "en-US,en;q=0.9", "zh-CN,zh;q=0.9,en;q=0.8",
                            "zh-TW,zh;q=0.9,en;q=0.8", "ar", "zh", "ar,en;q=0.5", "*"})
    EXPECT_TRUE(LanguagePriority("", usual).is_usual()) << usual;
  for (const char* other : {"fr", "fr,en;q=0.5", "zh-CN,en-GB;q=0.5", "en-GB", "zh,ar", "ar-EG"})
    EXPECT_FALSE(LanguagePriority("", other).is_usual()) << other;
}

}  // namespace
}  // namespace cityid

#include "resolver/show/negotiate.h"

#include <gtest/gtest.h>

#include <array>

namespace cityid {
namespace {

constexpr std::array<std::string_view, 2> kOffered = {"application/json", "text/html"};

TEST(ChooseType, PrefersTheFirstWhereTheClientDoesNotMind) {
  EXPECT_EQ(ChooseType("", kOffered), 0u);
  EXPECT_EQ(ChooseType("*/*", kOffered), 0u);
}

TEST(ChooseType, GivesABrowserHtml) {
  EXPECT_EQ(ChooseType("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", kOffered),
            1u);
}

TEST(ChooseType, WeighsQualities) {
  EXPECT_EQ(ChooseType("text/html;q=0.5, application/json;q=0.4", kOffered), 1u);
  EXPECT_EQ(ChooseType("text/html;q=0.5, application/json", kOffered), 0u);
  EXPECT_EQ(ChooseType("application/*;q=0.1, text/html;q=0", kOffered), 0u);
  EXPECT_EQ(ChooseType("TEXT/HTML ; charset=utf-8 ; Q=1.000", kOffered), 1u);
}

TEST(ChooseType, FindsNothingWhereNothingFits) {
  EXPECT_EQ(ChooseType("image/png", kOffered), std::nullopt);
  EXPECT_EQ(ChooseType("*/*;q=0", kOffered), std::nullopt);
}

TEST(ChooseType, TakesAMalformedQualityAsRefusal) {
  for (const char* q : {"2", "1.1", "0.1234", "-1", "a", ""}) {
    EXPECT_EQ(ChooseType("text/html;q=" + std::string(q), kOffered), std::nullopt) << q;
  }
}

TEST(ChooseLanguage, FallsBackByLookUp) {
  EXPECT_EQ(ChooseLanguage("zh-Hant-TW"), Language::kChinese);
  EXPECT_EQ(ChooseLanguage("en-US,en;q=0.9"), Language::kEnglish);
  EXPECT_EQ(ChooseLanguage("fr, ar;q=0.5, zh;q=0.4"), Language::kArabic);
  EXPECT_EQ(ChooseLanguage("fr, de"), Language::kEnglish);
  EXPECT_EQ(ChooseLanguage(""), Language::kEnglish);
  EXPECT_EQ(ChooseLanguage("zh;q=0, ar;q=0.001"), Language::kArabic);
}

TEST(AcceptsGzip, AsTheFieldSays) {
  for (const char* yes : {"gzip", "identity, GZIP", "br;q=1.0, gzip;q=0.2", "*", "x-gzip", " gzip ",
                          "gzip;q=0.001", "deflate,gzip"})
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  for (const char* no : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *",
                         "notgzip", "gzip2"})
    EXPECT_FALSE(AcceptsGzip(no)) << no;
}

}  // namespace
}  // namespace cityid

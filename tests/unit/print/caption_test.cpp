#include "codec/print/caption.h"

#include <gtest/gtest.h>

#include "tests/unit/print/drawings.h"

namespace cityid {
namespace {

constexpr int kSide = 53;

CaptionArt LayOut(const std::vector<CaptionText>& texts, int side = kSide,
                  double module_mm = kModuleMillimetres) {
  auto art = LayOutCaption(texts, side, module_mm);
  if (!art) throw std::runtime_error(art.error().detail);
  return *std::move(art);
}

CaptionText Name(std::string_view text) { return {CaptionRole::kName, "", CaptionTextOf(text)}; }

std::string Repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// Expects the ink to leave free what a reader needs: the quiet zone above, the same to the left
/// and right, and two modules below.
void ExpectWithinMargins(const CaptionArt& art, int side = kSide) {
  constexpr double kRounding = 0.01;
  const Box ink = BoundsOf(art.outline);
  EXPECT_GE(ink.left, kQuietZone - kRounding);
  EXPECT_LE(ink.right, side - kQuietZone + kRounding);
  EXPECT_GE(ink.top, side - kRounding);
  EXPECT_LE(ink.bottom, side + art.height - 2);
}

TEST(LayOutCaption, OfNothingIsNothing) {
  EXPECT_EQ(LayOut({}).height, 0);
  EXPECT_TRUE(LayOut({}).outline.empty());
}

TEST(LayOutCaption, ShowsChineseEnglishAndArabic) {
  const CaptionArt art = LayOut(ExampleCaption());
  EXPECT_TRUE(art.left_out.empty()) << "fonts-noto-cjk and fonts-dejavu have all of it";
  ExpectWithinMargins(art);
}

constexpr auto kRoles = {CaptionRole::kIdentifier, CaptionRole::kHost, CaptionRole::kName,
                         CaptionRole::kLine};

TEST(LayOutCaption, KeepsLongAndHostileTextsOutOfTheQuietZone) {
  const std::vector<std::string> texts = {
      Repeat("黔东南苗族侗族自治州", 12),
      Repeat("W", 500),
      Repeat("شيجياتشوانغ", 20),
      Repeat("i", 500),
      "Z" + Repeat("\u0301", 100) + "algo" + Repeat("\u0323", 100),
      "a\u00ADb\u200Bc\u2060d",
      Repeat("Å\u030A\u030A", 60),
      "Qiandongnan Miao and Dong Autonomous Prefecture"};
  for (const std::string& text : texts) {
    for (const CaptionRole role : kRoles) {
      const auto art = LayOutCaption({{role, "", CaptionTextOf(text)}}, kSide, kModuleMillimetres);
      ASSERT_TRUE(art) << art.error().detail;
      ASSERT_TRUE(art->left_out.empty()) << text;
      ASSERT_FALSE(art->outline.empty()) << text;
      ExpectWithinMargins(*art);
    }
  }
}

TEST(LayOutCaption, DrawsMarksWithoutALetterWithinTheMargins) {
  for (const std::string& text : {Repeat("\u0301", 200), std::string("\u0301")}) {
    for (const CaptionRole role : kRoles) {
      const auto art = LayOutCaption({{role, "", CaptionTextOf(text)}}, kSide, kModuleMillimetres);
      ASSERT_TRUE(art) << art.error().detail;
      ExpectWithinMargins(*art);
    }
  }
}

TEST(LayOutCaption, TakesWhatCannotBeSeenForNoText) {
  for (const std::string_view text :
       {"\u3000\u3000\u3000", " ", "\u200D\u200D\u200D\u200D\u200D", "\u00AD", "\u2800", "\u3164",
        "\u115F", "\u00A0", "\u2003", "\u180E"}) {
    // As they are: what makes texts printable may replace some of them.
    const CaptionArt art = LayOut({{CaptionRole::kName, "", std::string(text)}, Name("Riyadh")});
    EXPECT_EQ(art.left_out, std::vector<std::size_t>{0}) << Hex(AsBytes(text));
    EXPECT_EQ(art.height, LayOut({Name("Riyadh")}).height);
    const auto line = LayOutCaption({{CaptionRole::kLine, "", std::string(text)}}, kSide, 1);
    ASSERT_FALSE(line) << Hex(AsBytes(text));
    EXPECT_EQ(line.error().code, Errc::kUsage);
  }
}

TEST(LayOutCaption, SaysWhichFontsAreMissing) {
  const auto art = LayOutCaption({{CaptionRole::kLine, "", "\U00012000"}}, kSide, 1);
  ASSERT_FALSE(art);
  EXPECT_NE(art.error().detail.find("fonts-noto-cjk"), std::string::npos);
  EXPECT_NE(art.error().detail.find("--bare"), std::string::npos);
}

TEST(LayOutCaption, ShortensALongNameToTwoLines) {
  const double two = LayOut({Name(Repeat("Shijiazhuang ", 5))}).height;
  const CaptionArt many = LayOut({Name(Repeat("Shijiazhuang ", 30))});
  EXPECT_EQ(many.height, two);
}

TEST(LayOutCaption, ShowsAllOfAHostHoweverLongItIs) {
  const auto with = [](int labels) {
    return LayOut({{CaptionRole::kHost, "", Repeat("wide-label.", labels) + "cn"}});
  };
  const CaptionArt art = with(22);
  EXPECT_GT(art.height, 2 * with(3).height);
  EXPECT_GT(art.outline.size(), 5 * with(3).outline.size()) << "no glyph is left out";
  ExpectWithinMargins(art);
}

TEST(LayOutCaption, PutsShortNamesBesideEachOther) {
  EXPECT_EQ(LayOut({Name("利雅得"), Name("Riyadh")}).height, LayOut({Name("利雅得")}).height);
  EXPECT_GT(LayOut({Name(Repeat("Riyadh ", 3)), Name(Repeat("Riyadh ", 3))}).height,
            LayOut({Name(Repeat("Riyadh ", 3))}).height);
}

TEST(LayOutCaption, LeavesOutANameThatNoFontHas) {
  const CaptionArt art = LayOut({Name("\U00012000\U00012001"), Name("Riyadh")});
  EXPECT_EQ(art.left_out, std::vector<std::size_t>{0});
  EXPECT_EQ(art.height, LayOut({Name("Riyadh")}).height);
}

TEST(LayOutCaption, RefusesAnotherTextThatNoFontHas) {
  const auto art = LayOutCaption({{CaptionRole::kLine, "", "\U00012000"}}, kSide, 1);
  EXPECT_EQ(art.error().code, Errc::kUsage);
}

TEST(LayOutCaption, IsLargerInModulesWhereModulesAreSmall) {
  EXPECT_GT(LayOut(ExampleCaption(), kSide, 0.25).height,
            LayOut(ExampleCaption(), kSide, 0.8).height);
  ExpectWithinMargins(LayOut(ExampleCaption(), kSide, 0.05));
  ExpectWithinMargins(LayOut(ExampleCaption(), 18, 0.5), 18);
}

}  // namespace
}  // namespace cityid

#include "codec/drawing/caption_texts.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

/// Returns the languages of the names that are chosen.
std::string Chosen(const NameList& names) {
  std::string languages;
  for (const CaptionText& name : NamesForCaption(names))
    languages += (languages.empty() ? "" : " ") + name.language;
  return languages;
}

TEST(NamesForCaption, TakesOneForEachScript) {
  EXPECT_EQ(Chosen({{"ar", "الرياض"}, {"en", "Riyadh"}, {"fr", "Riyad"}, {"zh", "利雅得"}}),
            "zh en ar");
  EXPECT_EQ(Chosen({{"ja", "東京都"}, {"zh", "东京都"}, {"en", "Tokyo"}}), "zh en");
  EXPECT_EQ(Chosen({{"de", "München"}}), "de");
  EXPECT_EQ(Chosen({}), "");
}

TEST(NamesForCaption, KeepsTheScriptOfTheCountry) {
  const NameList moscow = {{"ar", "موسكو"}, {"en", "Moscow"}, {"ru", "Москва"}, {"zh", "莫斯科"}};
  EXPECT_EQ(Chosen(moscow), "ru zh en");
  EXPECT_EQ(Chosen({{"bo", "ལྷ་ས་"}, {"en", "Lhasa"}, {"zh", "拉萨"}}), "bo zh en");
}

TEST(NamesForCaption, PutsNothingOnPaperThatActsOnItsReader) {
  const auto names = NamesForCaption({{"en", "a\u202Egnp.exe\n"}, {"x\ny", "evil"}, {"zh", ""}});
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(names[0].text, "a?gnp.exe?");
}

TEST(CaptionOf, SaysWhoseTheCodeIsAndWhereItLeads) {
  const auto caption =
      CaptionOf(*CityId::Parse("MA.156.1301"), {{"en", "Shijiazhuang"}}, "id.example.cn");
  ASSERT_EQ(caption.size(), 3u);
  EXPECT_EQ(caption[0].text, "MA.156.1301-UB");
  EXPECT_EQ(caption[0].role, CaptionRole::kIdentifier);
  EXPECT_EQ(caption[1].text, "Shijiazhuang");
  EXPECT_EQ(caption[2].text, "id.example.cn");
  EXPECT_EQ(caption[2].role, CaptionRole::kHost);
}

}  // namespace
}  // namespace cityid

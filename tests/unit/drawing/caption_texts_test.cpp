#include "codec/drawing/caption_texts.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

/// Returns the languages of the names that are chosen.
std::string Chosen(const NameList& names, std::string_view country = {}) {
  std::string languages;
  for (const CaptionText& name : NamesForCaption(names, country))
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

TEST(NamesForCaption, KeepsAPlaceForLatinAndOneForChinese) {
  const NameList colombo = {{"en", "Colombo"}, {"si", "කොළඹ"}, {"ta", "கொழும்பு"}, {"zh", "科伦坡"}};
  EXPECT_EQ(Chosen(colombo), "ta zh en");
  EXPECT_EQ(Chosen({{"am", "አዲስ"}, {"en", "X"}, {"he", "א"}, {"ka", "ა"}, {"th", "ก"}}),
            "am he en");
  EXPECT_EQ(Chosen({{"si", "කොළඹ"}, {"ta", "கொழும்பு"}, {"zh", "科伦坡"}}), "ta si zh");
}

TEST(NamesForCaption, PrefersALanguageOfTheCountry) {
  const NameList tokyo = {{"en", "Tokyo"}, {"ja", "東京"}, {"zh", "东京"}};
  EXPECT_EQ(Chosen(tokyo, "392"), "ja en");
  EXPECT_EQ(Chosen(tokyo, "156"), "zh en");
  EXPECT_EQ(Chosen(tokyo), "zh en");
  const NameList munich = {{"de", "München"}, {"en", "Munich"}, {"fr", "Munich"}};
  EXPECT_EQ(Chosen(munich, "276"), "de");
  EXPECT_EQ(Chosen(munich, "250"), "fr");
  EXPECT_EQ(Chosen(munich, "840"), "en");
  const NameList kabul = {{"en", "Kabul"}, {"fa", "کابل"}, {"ru", "Кабул"}, {"zh", "喀布尔"}};
  EXPECT_EQ(Chosen(kabul, "004"), "zh en fa") << "before Russian";
}

TEST(NamesForCaption, KnowsAScriptOfManyCharactersAsOne) {
  EXPECT_EQ(Chosen({{"a", "가"}, {"b", "서울"}, {"c", "하"}, {"en", "Seoul"}}), "a en");
  EXPECT_EQ(Chosen({{"ru", "Москва"}, {"ab", "ԥ"}, {"uk", "ґ"}}), "ru");
  EXPECT_EQ(Chosen({{"am", "አዲስ"}, {"ti", "ሀ"}, {"byn", "ᎀ"}}), "am");
  EXPECT_EQ(Chosen({{"hy", "Երևան"}, {"hyw", "օ"}, {"en", "Yerevan"}}), "hy en");
}

TEST(NamesForCaption, TakesATextWithoutLettersOnlyIfThereIsNoOther) {
  EXPECT_EQ(Chosen({{"a", "12"}, {"b", "—"}, {"en", "Twelve"}}), "en");
  EXPECT_EQ(Chosen({{"a", "12"}, {"b", "13"}}), "a");
  EXPECT_EQ(Chosen({{"a", "\u0301"}, {"b", "\u3000"}, {"c", "★"}, {"zh", "市"}}), "zh");
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
  EXPECT_EQ(CaptionOf(*CityId::Parse("MA.392.G1850147"), {{"ja", "東京"}, {"zh", "东京"}}, "x")[1]
                .language,
            "ja");
  EXPECT_EQ(caption[2].role, CaptionRole::kHost);
}

}  // namespace
}  // namespace cityid

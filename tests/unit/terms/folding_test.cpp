#include "ledger/terms/folding.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cityid {
namespace {

/// Two spellings that must fold to the same text.
void ExpectSame(std::string_view written, std::string_view typed) {
  EXPECT_EQ(FoldText(written), FoldText(typed)) << written << " and " << typed;
  EXPECT_FALSE(FoldText(typed).empty()) << typed;
}

TEST(FoldText, TakesCaseMarksAndWidthAway) {
  EXPECT_EQ(FoldText("São Paulo"), "sao paulo");
  EXPECT_EQ(FoldText("Shíjiāzhuāng"), "shijiazhuang");
  EXPECT_EQ(FoldText("ＤＵＢＡＩ"), "dubai");
  EXPECT_EQ(FoldText("Đà Nẵng"), "da nang");
}

TEST(FoldText, WhatIsNoLetterAndNoDigitIsOneBlank) {
  EXPECT_EQ(FoldText("  Val-d'Or,  (QC) "), "val d or qc");
  EXPECT_EQ(FoldText("?!"), "");
}

TEST(FoldText, IsEmptyForWhatIsNotUtf8) { EXPECT_EQ(FoldText("\xff\xfe"), ""); }

TEST(FoldText, ReplacesLettersThatDecompositionLeavesAlone) {
  EXPECT_EQ(FoldText("Tromsø"), "tromso");
  EXPECT_EQ(FoldText("Łódź"), "lodz");
  EXPECT_EQ(FoldText("Đakovo"), "dakovo");
  EXPECT_EQ(FoldText("Iğdır"), "igdir");
  EXPECT_EQ(FoldText("DİYARBAKIR"), "diyarbakir");
  EXPECT_EQ(FoldText("Meißen"), "meissen");
  EXPECT_EQ(FoldText("Næstved"), "naestved");
  EXPECT_EQ(FoldText("Œuilly"), "oeuilly");
  EXPECT_EQ(FoldText("Þórshöfn"), "thorshofn");
  EXPECT_EQ(FoldText("Ħamrun"), "hamrun");
  EXPECT_EQ(FoldText("Gəncə"), "gence");
}

TEST(FoldText, SpellsUmlautsIfItIsAskedTo) {
  EXPECT_EQ(FoldText("Düsseldorf", Umlauts::kSpelled), "duesseldorf");
  EXPECT_EQ(FoldText("A\u030Arhus", Umlauts::kSpelled), "aarhus");
  EXPECT_EQ(FoldText("Tromsø", Umlauts::kSpelled), "tromsoe");
  EXPECT_EQ(FoldText("São Paulo", Umlauts::kSpelled), "sao paulo");
}

TEST(FoldText, EveryKindOfApostropheSetsWordsApart) {
  for (const char* written : {"N'Djamena", "N’Djamena", "N‘Djamena", "Nʼdjamena", "Nʻdjamena",
                              "N`Djamena", "N´Djamena", "N＇Djamena", "Nꞌdjamena"})
    EXPECT_EQ(FoldText(written), "n djamena") << written;
}

TEST(FoldText, TakesTheFormsOfArabicLettersAsOne) {
  ExpectSame("أبو ظبي", "ابو ظبي");         // hamza over the alef
  ExpectSame("إربد", "اربد");               // hamza under it
  ExpectSame("آسفي", "اسفي");               // madda
  ExpectSame("ٱلرباط", "الرباط");           // wasla
  ExpectSame("جدة", "جده");                 // ta marbuta
  ExpectSame("مصطفى", "مصطفي");             // alef maksura
  ExpectSame("صنعاء", "صنعا");              // hamza on the line
  ExpectSame("مؤتة", "موته");               // hamza over waw
  ExpectSame("الطائف", "الطايف");           // hamza over ya
  ExpectSame("دبــــي", "دبي");             // tatweel
  ExpectSame("دُبَيّ", "دبي");                 // vowels
  ExpectSame("\uFEA9\uFE91\uFEF2", "دبي");  // presentation forms
}

TEST(FoldText, TakesPersianAndUrduLettersAsTheArabicOnes) {
  ExpectSame("کرمان", "كرمان");
  ExpectSame("یزد", "يزد");
  ExpectSame("ہری پور", "هري پور");
}

TEST(FoldText, TakesDigitsOfAllScriptsAsOne) {
  ExpectSame("منطقه ۱۲", "منطقه 12");
  ExpectSame("حي ٣", "حي 3");
  ExpectSame("वार्ड ४२", "वार्ड 42");
  EXPECT_EQ(FoldText("１２"), "12");
}

TEST(FoldText, APersianJointSetsWordsApart) {
  EXPECT_EQ(FoldText("نجف\u200Cآباد"), FoldText("نجف آباد"));
}

TEST(FoldText, TakesTraditionalCharactersAsSimplifiedOnes) {
  ExpectSame("石家莊", "石家庄");
  ExpectSame("廈門", "厦门");
  ExpectSame("臺北", "台北");
  ExpectSame("廣東", "广东");
  ExpectSame("長春", "长春");
  ExpectSame("於潛", "于潜");
  ExpectSame("大阪", "大坂");
}

TEST(JoinWords, TakesBlanksAway) { EXPECT_EQ(JoinWords("xi an"), "xian"); }

bool IsRead(std::string_view name, std::string_view pinyin) {
  const auto texts = PinyinOf(FoldText(name));
  return std::ranges::find(texts, pinyin) != texts.end();
}

TEST(PinyinOf, HasTheReadingsThatPlacesHave) {
  EXPECT_EQ(PinyinOf("石家庄").front(), "shijiazhuang");
  EXPECT_TRUE(IsRead("长春", "changchun"));
  EXPECT_TRUE(IsRead("厦门市", "xiamenshi"));
  EXPECT_TRUE(IsRead("六安", "luan"));
  EXPECT_TRUE(IsRead("台州", "taizhou"));
  EXPECT_TRUE(IsRead("丽水", "lishui"));
  EXPECT_TRUE(IsRead("蚌埠", "bengbu"));
  EXPECT_TRUE(IsRead("番禺", "panyu"));
  EXPECT_TRUE(IsRead("重庆", "chongqing"));
  EXPECT_TRUE(IsRead("洪洞", "hongtong"));
}

TEST(PinyinOf, IsTheSameForTraditionalCharacters) {
  EXPECT_TRUE(IsRead("長春", "changchun"));
  EXPECT_TRUE(IsRead("廈門", "xiamen"));
}

TEST(PinyinOf, SpellsTheUmlautAsPeopleTypeIt) {
  EXPECT_TRUE(IsRead("吕梁", "lvliang"));
  EXPECT_TRUE(IsRead("吕梁", "luliang"));
}

TEST(PinyinOf, KeepsWhatIsNotChinese) {
  EXPECT_EQ(PinyinOf("7 北b"), (std::vector<std::string>{"7beib"}));
  EXPECT_TRUE(PinyinOf("beijing").empty());
}

TEST(PinyinOf, IsBoundedWhereManyCharactersHaveManyReadings) {
  for (int count = 1; count <= 20; ++count) {
    std::string name;
    for (int i = 0; i < count; ++i) name += "长";
    const auto texts = PinyinOf(name);
    EXPECT_EQ(texts.size(), std::size_t{1} << std::min(count, 4)) << count;
  }
  EXPECT_EQ(PinyinOf("一二三五七八九长").size(), 2u);
  EXPECT_EQ(PinyinOf("一二三五七八九东长").size(), 1u);
}

TEST(FoldingName, SaysTheVersionsOfTheTables) {
  EXPECT_NE(FoldingName().find("Unihan 15.0.0"), std::string::npos) << FoldingName();
}

}  // namespace
}  // namespace cityid

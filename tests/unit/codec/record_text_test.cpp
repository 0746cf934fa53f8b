#include "codec/record_text.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cityid {
namespace {

struct Trick {
  const char* what;
  std::string text;
};

void PrintTo(const Trick& trick, std::ostream* out) { *out << trick.what; }

class DeceivingName : public ::testing::TestWithParam<Trick> {};

TEST_P(DeceivingName, IsRefused) {
  const auto checked = CheckRecordText(GetParam().text, TextKind::kName);
  ASSERT_FALSE(checked) << GetParam().text;
  EXPECT_EQ(checked.error().code, Errc::kRefused);
}

INSTANTIATE_TEST_SUITE_P(
    Tricks, DeceivingName,
    ::testing::Values(
        Trick{"empty", ""}, Trick{"blank", " "}, Trick{"no-break space", "\u00A0"},
        Trick{"braille blank", "\u2800"}, Trick{"object replacement", "\uFFFC"},
        Trick{"null notehead", "\U0001D159"}, Trick{"mark on nothing", "\u0301"},
        Trick{"zero width space", "Shijia\u200Bzhuang"}, Trick{"zero width alone", "\u200B"},
        Trick{"word joiner", "a\u2060b"}, Trick{"soft hyphen", "Shi\u00ADjiazhuang"},
        Trick{"grapheme joiner", "a\u034Fb"}, Trick{"BOM", "\uFEFFBeijing"},
        Trick{"Hangul filler", "\u3164"}, Trick{"Hangul jamo fillers", "\u115F\u1160"},
        Trick{"half-width filler", "\uFFA0"}, Trick{"Khmer inherent vowel", "\u1780\u17B4"},
        Trick{"tags", "Shijiazhuang\U000E0041"}, Trick{"variation selector", "\u8FBB\U000E0100"},
        Trick{"text presentation", "a\uFE0E"}, Trick{"mark of direction", "\u200FShijiazhuang"},
        Trick{"Arabic mark of direction", "a\u061C"}, Trick{"override", "1\u202E2"},
        Trick{"isolate", "a\u2066b\u2069"}, Trick{"line separator", "a\u2028b"},
        Trick{"paragraph separator", "a\u2029b"}, Trick{"line feed", "a\nb"},
        Trick{"escape", "a\x1B[2Jb"}, Trick{"C1", "a\u009Bb"}, Trick{"noncharacter", "a\uFFFEb"},
        Trick{"noncharacter of Arabic", "a\uFDD0"}, Trick{"private use", "a\uE000"},
        Trick{"unassigned", "a\U0003FFFD"}, Trick{"assigned after Unicode 15.0", "\U0002EBF0"},
        Trick{"interlinear annotation", "a\uFFF9b\uFFFB"}, Trick{"not UTF-8", "\xFF"},
        Trick{"surrogate", "\xED\xA0\x80"}));

INSTANTIATE_TEST_SUITE_P(
    Joiners, DeceivingName,
    ::testing::Values(Trick{"ZWJ alone", "\u200D"}, Trick{"ZWNJ alone", "\u200C"},
                      Trick{"ZWJ between Latin letters", "Bei\u200Djing"},
                      Trick{"ZWNJ between Latin letters", "Bei\u200Cjing"},
                      Trick{"ZWNJ between Han", "\u5317\u200C\u4EAC"},
                      Trick{"ZWJ between joining letters", "\u0645\u200D\u06CC"},
                      Trick{"ZWNJ at the beginning", "\u200C\u0645"},
                      Trick{"ZWNJ at the end", "\u0645\u200C"},
                      Trick{"ZWNJ after a letter that never joins", "\u062F\u200C\u0645"},
                      Trick{"two ZWNJ", "\u0645\u200C\u200C\u06CC"},
                      Trick{"ZWJ without a virama", "\u0915\u200D\u0937"},
                      Trick{"ZWJ after a virama without a letter", "\u094D\u200D\u0937"},
                      Trick{"ZWJ before a dependent vowel", "\u0915\u094D\u200D\u093F"},
                      Trick{"ZWNJ after a virama at the end", "\u0915\u094D\u200C"},
                      Trick{"family of emoji", "\U0001F468\u200D\U0001F469"},
                      Trick{"Mongolian selector on Latin", "a\u180B"},
                      Trick{"Mongolian selector first", "\u180B\u182D"},
                      Trick{"two Mongolian selectors", "\u182D\u180B\u180B"},
                      Trick{"ZWJ after a Khmer coeng", "\u1780\u17D2\u200D\u1780"},
                      Trick{"ZWJ after a Burmese stacker", "\u1000\u1039\u200D\u1000"},
                      Trick{"ZWJ after a Bengali ra", "\u09B0\u200D\u09AF"},
                      Trick{"ZWJ before ka of Bengali", "\u09B0\u200D\u09CD\u0995"},
                      Trick{"ZWJ after a Bengali ka", "\u0995\u200D\u09CD\u09AF"},
                      Trick{"ZWJ before a final virama", "\u0CB0\u200D\u0CCD"},
                      Trick{"Devanagari ra", "\u0930\u200D\u094D\u092F"}));

INSTANTIATE_TEST_SUITE_P(
    Forms, DeceivingName,
    ::testing::Values(Trick{"mathematical a", "Sh\U0001D5BAnghai"},
                      Trick{"mathematical a in Cyrillic",
                            "\u041C\u043E\u0441\u043A\u0432\U0001D5BA"},
                      Trick{"mathematical digit", "T\U0001D7E3"}, Trick{"full-width A", "\uFF21"},
                      Trick{"full-width digit", "\uFF11"}, Trick{"half-width Kana", "\uFF71"},
                      Trick{"superscript letter", "S\u1D57"}, Trick{"Roman numeral one", "\u2160"},
                      Trick{"digit one full stop", "\u2488"}, Trick{"ligature fi", "\uFB01nance"},
                      Trick{"Arabic isolated form", "\uFE8D"}, Trick{"script l", "\u2113"},
                      Trick{"micro sign in Greek", "\u00B5\u03B1"}, Trick{"radical", "\u2F00"},
                      Trick{"supplementary radical", "\u2EC4\u5B89"}, Trick{"stroke", "\u31D0"}));

INSTANTIATE_TEST_SUITE_P(Spaces, DeceivingName,
                         ::testing::Values(Trick{"first", " Beijing"}, Trick{"last", "Beijing "},
                                           Trick{"two", "New  York"},
                                           Trick{"no-break space", "New\u00A0York"},
                                           Trick{"hair space", "Bei\u200Ajing"},
                                           Trick{"ideographic", "\u5317\u3000\u4EAC"},
                                           Trick{"Ogham space", "a\u1680b"},
                                           Trick{"braille", "Bei\u2800jing"},
                                           Trick{"Mongolian space in Latin", "Bei\u202Fjing"},
                                           Trick{"Mongolian space last", "\u1820\u202F"},
                                           Trick{"Mongolian space before Latin", "\u1820\u202Fa"}));

INSTANTIATE_TEST_SUITE_P(
    Marks, DeceivingName,
    ::testing::Values(Trick{"first", "\u0301a"}, Trick{"after a space", "a \u0301a"},
                      Trick{"spacing mark first", "\u0903"}, Trick{"enclosing", "a\u20DD"},
                      Trick{"the same twice", "a\u0301\u0301"},
                      Trick{"the same with another between", "a\u0301\u0323\u0301"},
                      Trick{"the same on a letter that has it", "M\u00E9\u0301xico"},
                      Trick{"the same in a letter of two marks", "\u1EBF\u0302"},
                      Trick{"the same in a mark of two", "a\u0301\u0344"},
                      Trick{"the same voicing", "\u304C\u3099"},
                      Trick{"five with that of the letter", "\u00E9\u0302\u0303\u0304\u0306"},
                      Trick{"the same spacing mark", "\u0915\u093E\u093E"},
                      Trick{"five", "a\u0300\u0301\u0302\u0303\u0304"},
                      Trick{"dot on i", "Be\u0069\u0307jing"},
                      Trick{"dot on j", "bei\u006A\u0307ing"},
                      Trick{"dot on Cyrillic i", "\u041A\u0438\u0457\u0456\u0307"},
                      Trick{"dot on i with a dot below", "i\u0323\u0307"},
                      Trick{"dot on dotless i", "Be\u0131\u0307jing"},
                      Trick{"dot on dotless j", "\u0237\u0307"}));

INSTANTIATE_TEST_SUITE_P(
    Scripts, DeceivingName,
    ::testing::Values(Trick{"Latin with a Cyrillic a", "Sh\u0430nghai"},
                      Trick{"Cyrillic with a Latin a", "\u041C\u043Eskv\u0430"},
                      Trick{"Latin with a Greek omicron", "T\u03BFkyo"},
                      Trick{"Latin with a Greek chi", "Me\u03C7ico"},
                      Trick{"theta beside Cyrillic", "М\u03B8сква"},
                      Trick{"Japanese with a Greek alpha", "プラザα"},
                      Trick{"Latin with a Cherokee letter", "P\u13A1king"},
                      Trick{"Latin with an Armenian letter", "B\u0585ston"},
                      Trick{"a word of each", "Beijing \u041F\u0435\u043A\u0438\u043D"},
                      Trick{"an apostrophe between them", "Xi'\u0430n"},
                      Trick{"Han and Cyrillic", "\u5317\u4EAC\u0410"},
                      Trick{"Kana and Hangul", "\u3042\uAC00"},
                      Trick{"Bopomofo and Kana", "\u3105\u3042"},
                      Trick{"Kana, Latin and Hangul", "\u3042a\uAC00"},
                      Trick{"Devanagari and Bengali", "\u0915\u0995"},
                      Trick{"Arabic and Hebrew", "\u0645\u05D0"},
                      Trick{"a Devanagari number in Bengali", "\u0995\u0967"},
                      Trick{"Latin with a Malayalam letter", "B\u0D20ston"},
                      Trick{"Latin with an Arabic letter", "Be\u0627jing"},
                      Trick{"Latin and a Greek word", "Athens \u0391\u03B8\u03AE\u03BD\u03B1"},
                      Trick{"Latin and a Cherokee word", "Peking \u13A1"},
                      Trick{"Latin, Thai and Khmer", "A \u0E01 \u1780"},
                      Trick{"Latin, Arabic and Hebrew", "A \u0645 \u05D0"}));

class HonestName : public ::testing::TestWithParam<std::string> {};

TEST_P(HonestName, IsTaken) {
  for (const TextKind kind : {TextKind::kName, TextKind::kWords}) {
    const auto checked = CheckRecordText(GetParam(), kind);
    EXPECT_TRUE(checked) << GetParam() << ": " << checked.error().detail;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Names, HonestName,
    ::testing::Values(
        "Xi'an", "Xi\u2019an", "Xi\u02BCan", "N'Djamena", "Ciudad de México", "São Paulo", "Łódź",
        "Reykjavík", "Hà Nội", "Nuku\u02BBalofa", "St. John's", "Saint-Denis (La Réunion)", "Malmö",
        "Ürümqi", "Düsseldorf 40210", "Sa\u0303o", "Building 7 – Gate B", "石家庄市",
        "西安市T1航站楼", "LED显示屏", "東京都", "つくば市", "ニューヨーク", "さいたま新都心IT館",
        "ㄅㄆ台北", "臺北市ㄒ", "서울특별시", "부산 IT센터", "大邱광역시", "Москва", "Київ",
        "Беларусь", "Αθήνα", "تهران", "می\u200Cخواهم", "نظرآباد", "کارخانه\u200Cهای ۱۲", "شارع ١٢٣",
        "القاهرة 2026", "ירושלים", "नई दिल्ली", "क्\u200Dष", "क्\u200Cष", "ক্\u200Dত",
        "ශ්\u200Dරී ජයවර්ධනපුර", "മലയാളത്തില്\u200D", "தமிழ்", "กรุงเทพมหานคร", "ລາວ", "ភ្នំពេញ", "ནགས",
        "နေပြည်တော်", "ᠬᠥᠬᠡᠬᠣᠲᠠ", "ᠰᠢᠷ\u180E\u1820", "ᠭ\u180Bᠠ", "አዲስ አበባ", "თბილისი", "Երևան",
        "ꆈꌠꉙ", "ᏣᎳᎩ", "র\u200D\u09CDযাব", "ಅರ\u200D\u0CCDಕ", "ᠮᠣᠩᠭᠣᠯ\u202Fᠤᠨ", "ᠭ\u180B\u202Fᠤᠨ",
        "จังหวัดลำปาง", "ນ້ຳ", "Սևան", "1ª Avenida", "CO₂", "m²", "İstanbul", "I\u0307stanbul",
        "i\u0301\u0307", "ệ", "e\u0323\u0302", "ė\u0301", "ẹ\u0301", "か\u3099", "কো", "ශ්\u200Dරෝ",
        "བསྒྲུབས", "ตึกA", "อาคาร B", "ຕຶກA", "Siem Reap សៀមរាប", "شارع A", "מלון Hilton", "दिल्ली Metro",
        "šxʷməθkʷəy\u0313əm", "ʔayʔaǰuθəm", "IT பூங்கா", "Mall Երևան", "תל־אביב", "ဗိုလ်ချုပ် Market",
        "𠮷野家", "🏙 Beijing", "№ 5", "℃", "!"));

TEST(RecordText, IsOfOneScriptAWordWhereItIsNoName) {
  for (const char* words :
       {"Портал API", "API-портал", "Ανοικτά δεδομένα (CSV)", "key A, ключ Б"}) {
    EXPECT_FALSE(CheckRecordText(words, TextKind::kName)) << words;
    EXPECT_TRUE(CheckRecordText(words, TextKind::kWords)) << words;
  }
  for (const char* words : {"Портaл API", "the bаnk", "a\u200Bb c", "\u3164"})
    EXPECT_FALSE(CheckRecordText(words, TextKind::kWords)) << words;
}

TEST(RecordText, AnErrorNamesTheCodePoint) {
  const auto checked = CheckRecordText("Shi\u200Bjiazhuang", TextKind::kName);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().detail.find("U+200B"), std::string::npos) << checked.error().detail;
  const auto mixed = CheckRecordText("Sh\u0430nghai", TextKind::kName);
  ASSERT_FALSE(mixed);
  EXPECT_NE(mixed.error().detail.find("U+0430"), std::string::npos) << mixed.error().detail;
}

TEST(RecordText, LongRunsOfViramasAndJoinersEnd) {
  std::string text = "\u0915";
  while (text.size() < 4000) text += "\u094D\u094D\u094D\u200D";
  EXPECT_FALSE(CheckRecordText(text + "\u093F", TextKind::kName));
}

TEST(RecordText, EveryNameOfARealCityIsTaken) {
  std::ifstream file(CITYID_TEST_VECTORS "/../../assets/cities.json");
  const auto cities = nlohmann::json::parse(file).at("cities");
  ASSERT_GT(cities.size(), 500u);
  for (const auto& city : cities) {
    for (const auto& [language, name] : city.at("names").items()) {
      const auto checked = CheckRecordText(name.get<std::string>(), TextKind::kName);
      EXPECT_TRUE(checked) << name << ": " << checked.error().detail;
    }
  }
}

}  // namespace
}  // namespace cityid

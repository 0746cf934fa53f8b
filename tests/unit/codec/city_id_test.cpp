#include "codec/city_id.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cityid {
namespace {

constexpr std::string_view kNodeCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

Errc ErrorOf(std::string_view text) {
  const auto id = CityId::Parse(text);
  EXPECT_FALSE(id) << text;
  return id ? Errc::kUsage : id.error().code;
}

TEST(CityId, AcceptsThePublishedExamples) {
  for (const char* text : {"MA.156.1301", "MA.156.1301.02"}) {
    const auto id = CityId::Parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->text(), text);
  }
}

TEST(CityId, AcceptsTheEdgesOfTheGrammar) {
  for (const char* text : {"AA.000.0", "ZZZ.999.Z", "00.000.0", "9Z9.156.ABCDEFGHIJKLMNOP",
                           "MA.156.1.2.3.4.5.6.7.8"}) {
    EXPECT_TRUE(CityId::Parse(text)) << text;
  }
}

TEST(CityId, AcceptsSixtyFourCharactersAndNotSixtyFive) {
  const std::string longest = "ABC.999.ABCDEFGHIJKLMNOP.ABCDEFGHIJKLMNOP.ABCDEFGHIJKLMNOP.ABCDE";
  ASSERT_EQ(longest.size(), 64U);
  EXPECT_TRUE(CityId::Parse(longest));
  EXPECT_EQ(ErrorOf(longest + "F"), Errc::kMalformed);
}

TEST(CityId, RefusesWhatTheGrammarDoesNotHave) {
  for (const char* text : {"",
                           ".",
                           "MA",
                           "MA.",
                           "MA.156",
                           "MA.156.",
                           ".156.1301",
                           "MA..1301",
                           "MA.156..02",
                           "MA.156.1301.",
                           "M.156.1301",
                           "MAAA.156.1301",
                           "MA.15.1301",
                           "MA.1560.1301",
                           "MA.CHN.1301",
                           "MA.15A.1301",
                           "MA.156.ABCDEFGHIJKLMNOPQ",
                           "MA.156.1.2.3.4.5.6.7.8.9",
                           "MA 156 1301",
                           "MA/156/1301",
                           "MA.156.13-01",
                           "MA.156.13_01",
                           " MA.156.1301",
                           "MA.156.1301 ",
                           "MA.156.1301\n",
                           "\u039C\u0391.156.1301",
                           "MA.156.\u4E00"}) {
    EXPECT_EQ(ErrorOf(text), Errc::kMalformed) << text;
  }
  EXPECT_EQ(ErrorOf(std::string_view("MA.156.1301\0", 12)), Errc::kMalformed);
}

TEST(CityId, RefusesLowerCaseInEveryComponent) {
  for (const char* text : {"mA.156.1301", "Ma.156.1301", "MA.156.a", "MA.156.1301.0b"}) {
    EXPECT_EQ(ErrorOf(text), Errc::kMalformed) << text;
  }
}

TEST(CityId, NodesHaveUpperCaseLettersAndDigitsOnly) {
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool allowed = kNodeCharacters.find(c) != std::string_view::npos;
    EXPECT_EQ(CityId::Parse(std::string("MA.156.1") + c + "1").ok(), allowed || c == '.') << i;
  }
}

TEST(CityId, NamesTheNodeThatIsWrong) {
  EXPECT_EQ(CityId::Parse("MA.156.1301..02").error().detail, "city id: node 2 is empty");
}

TEST(CityId, CountsItsNodes) {
  EXPECT_EQ(CityId::Parse("MA.156.1301")->depth(), 1U);
  EXPECT_EQ(CityId::Parse("MA.156.1.2.3.4.5.6.7.8")->depth(), 8U);
}

TEST(CityId, ParentDropsTheLastNodeUntilOneIsLeft) {
  const auto id = CityId::Parse("MA.156.1301.02.L1");
  EXPECT_EQ(id->Parent()->text(), "MA.156.1301.02");
  EXPECT_EQ(id->Parent()->Parent()->text(), "MA.156.1301");
  EXPECT_FALSE(id->Parent()->Parent()->Parent());
}

TEST(ParseTyped, FoldsCase) {
  EXPECT_EQ(CityId::ParseTyped("ma.156.g1283240.Bus7")->text(), "MA.156.G1283240.BUS7");
}

TEST(ParseTyped, TakesRightCheckCharactersInEitherCase) {
  EXPECT_EQ(CityId::ParseTyped("MA.156.1301-UB")->text(), "MA.156.1301");
  EXPECT_EQ(CityId::ParseTyped("ma.156.1301-ub")->text(), "MA.156.1301");
}

TEST(ParseTyped, RefusesWrongMissingOrMoreCheckCharacters) {
  for (const char* text :
       {"MA.156.1301-UC", "MA.156.1301-BU", "MA.156.1301-", "MA.156.1301-U", "MA.156.1301-UB0",
        "MA.156.1301-UB-UB", "MA.156.1301--UB", "-UB", "MA.156.1301 -UB", "MA.156.1301UB-"}) {
    const auto id = CityId::ParseTyped(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, Errc::kMalformed) << text;
  }
}

TEST(ParseTyped, RefusesAPrefix) { EXPECT_FALSE(CityId::ParseTyped("MA.156")); }

TEST(ParseTyped, TakesTheLongestIdentifierWithItsCheckCharacters) {
  const auto id = CityId::Parse("ABC.999.ABCDEFGHIJKLMNOP.ABCDEFGHIJKLMNOP.ABCDEFGHIJKLMNOP.ABCDE");
  EXPECT_EQ(*CityId::ParseTyped(id->text() + "-" + id->CheckCharacters()), *id);
  EXPECT_FALSE(CityId::ParseTyped(id->text() + "-" + id->CheckCharacters() + "0"));
}

TEST(ParseTyped, DoesNotFoldLettersBeyondAscii) {
  EXPECT_FALSE(CityId::ParseTyped("ma.156.\u0131"));  // dotless i
  EXPECT_FALSE(CityId::ParseTyped("ma.156.\u212A"));  // Kelvin sign
}

TEST(Mod1271_36, GivesThePublishedVector) { EXPECT_EQ(Mod1271_36("ISO79"), "3W"); }

TEST(CheckCharacters, AreThoseOfTheWorkedExample) {
  // docs/identifier.md 4
  EXPECT_EQ(CityId::Parse("MA.156.1301")->CheckCharacters(), Mod1271_36("2MA315641301"));
  EXPECT_EQ(CityId::Parse("MA.156.1301")->CheckCharacters(), "UB");
  EXPECT_EQ(CityId::Parse("MA.156.1301.02")->CheckCharacters(), "SN");
}

/// Identifiers for the exhaustive changes below: short, long, and with many nodes.
std::vector<std::string> Examples() {
  return {"MA.156.1301", "MA.156.1301.02", "ISO.276.G2950159.0A.ZZ",
          "ABC.999.ABCDEFGHIJKLMNOP.ABCDEFGHIJKLMNOP.ABCDEFGHIJKLMNOP.ABCDE"};
}

TEST(CheckCharacters, CatchEveryWrongCharacter) {
  for (const std::string& text : Examples()) {
    const std::string check = CityId::Parse(text)->CheckCharacters();
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '.') continue;
      for (const char c : kNodeCharacters) {
        std::string changed = text;
        changed[i] = c;
        const auto id = CityId::Parse(changed);
        if (c == text[i] || !id) continue;
        EXPECT_NE(id->CheckCharacters(), check) << changed;
      }
    }
  }
}

TEST(CheckCharacters, CatchEverySwapOfNeighboursAndEveryDotMovedByOne) {
  std::mt19937 random(20261122);
  std::vector<std::string> texts = Examples();
  for (int i = 0; i < 3000; ++i) {
    std::string text = "MA.156";
    for (auto nodes = 1 + random() % 4; nodes > 0; --nodes) {
      text += '.';
      for (auto n = 1 + random() % 12; n > 0; --n) text += kNodeCharacters[random() % 36];
    }
    texts.push_back(text);
  }
  int moved_dots = 0;
  for (const std::string& text : texts) {
    const std::string check = CityId::Parse(text)->CheckCharacters();
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      std::string changed = text;
      std::swap(changed[i], changed[i + 1]);
      const auto id = CityId::Parse(changed);
      if (changed == text || !id) continue;
      if (text[i] == '.' || text[i + 1] == '.') ++moved_dots;
      EXPECT_NE(id->CheckCharacters(), check) << text << " and " << changed;
    }
  }
  EXPECT_GT(moved_dots, 1000);
}

TEST(Prefix, MayEndAfterTheCountry) {
  EXPECT_EQ(Prefix::Parse("MA.156")->text(), "MA.156");
  EXPECT_TRUE(Prefix::Parse("MA.156.1301"));
  for (const char* text : {"MA", "MA.", "MA.156.", "ma.156", "MA.15", ""}) {
    EXPECT_FALSE(Prefix::Parse(text)) << text;
  }
}

TEST(Prefix, ParentDropsTheLastNodeDownToTheCountry) {
  const auto prefix = Prefix::Parse("MA.156.1301.02");
  EXPECT_EQ(prefix->Parent()->text(), "MA.156.1301");
  EXPECT_EQ(prefix->Parent()->Parent()->text(), "MA.156");
  EXPECT_FALSE(prefix->Parent()->Parent()->Parent());
}

TEST(Prefix, CoversByWholeNodes) {
  const auto covers = [](const char* prefix, const char* id) {
    return Prefix::Parse(prefix)->Covers(*CityId::Parse(id));
  };
  EXPECT_TRUE(covers("MA.156", "MA.156.1301"));
  EXPECT_TRUE(covers("MA.156.1301", "MA.156.1301"));
  EXPECT_TRUE(covers("MA.156.1301", "MA.156.1301.02"));
  EXPECT_FALSE(covers("MA.156.13", "MA.156.1301"));
  EXPECT_FALSE(covers("MA.156.1301.02", "MA.156.1301"));
  EXPECT_FALSE(covers("MA.157", "MA.156.1301"));
}

TEST(Prefix, OfAnIdentifierCoversItAndWhatIsBelow) {
  const Prefix prefix(*CityId::Parse("MA.156.1301"));
  EXPECT_TRUE(prefix.Covers(*CityId::Parse("MA.156.1301")));
  EXPECT_TRUE(prefix.Covers(*CityId::Parse("MA.156.1301.02")));
  EXPECT_FALSE(prefix.Covers(*CityId::Parse("MA.156.1302")));
}

}  // namespace
}  // namespace cityid

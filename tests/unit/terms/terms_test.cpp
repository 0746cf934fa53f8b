#include "ledger/terms/terms.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cityid {
namespace {

const CityId kCity = *CityId::Parse("MA.156.1301");

std::vector<std::string> TermsOfName(const std::string& name, const std::string& language = "en",
                                     const CityId& id = kCity) {
  Holding holding;
  holding.metadata.names = {{language, name}};
  return TermsOf(id, holding);
}

TEST(TermsOf, HasANameFromEveryWordOnWithItsWordsJoined) {
  EXPECT_EQ(TermsOfName("New York City"),
            (std::vector<std::string>{"n0enewyorkcity", "n1ecity", "n1eyorkcity"}));
  EXPECT_EQ(TermsOfName("N'Djamena"), (std::vector<std::string>{"n0endjamena", "n1edjamena"}));
}

TEST(TermsOf, HasANameFromEveryCharacterOnWhereWordsAreNotSetApart) {
  EXPECT_EQ(TermsOfName("東京都", "ja"),
            (std::vector<std::string>{"n0e东京都", "n1e京都", "n1e都"}));
}

TEST(TermsOf, HasThePinyinOfChineseNamesByItsUsualReadingsFirst) {
  EXPECT_EQ(TermsOfName("长春", "zh-Hans"),
            (std::vector<std::string>{"n0ezhangchun", "n0e长春", "n1echangchun", "n1e春"}));
}

TEST(TermsOf, HasBothWaysToWriteAnUmlaut) {
  EXPECT_EQ(TermsOfName("Köln"), (std::vector<std::string>{"n0ekoeln", "n0ekoln"}));
}

TEST(TermsOf, SaysHowLargeAPlaceIs) {
  Holding holding;
  holding.metadata.names = {{"en", "A"}};
  const auto size_at = [&](std::optional<std::uint64_t> population, const char* id) {
    holding.metadata.population = population;
    return TermsOf(*CityId::Parse(id), holding).front()[2];
  };
  EXPECT_EQ(size_at(22'000'000, "MA.156.1301"), 'a');
  EXPECT_EQ(size_at(10'000'000, "MA.156.1301"), 'a');
  EXPECT_EQ(size_at(9'999'999, "MA.156.1301"), 'b');
  EXPECT_EQ(size_at(100'000, "MA.156.1301"), 'c');
  EXPECT_EQ(size_at(10'000, "MA.156.1301"), 'd');
  EXPECT_EQ(size_at(9'999, "MA.156.1301"), 'e');
  EXPECT_EQ(size_at(std::nullopt, "MA.156.1301"), 'e');
  EXPECT_EQ(size_at(22'000'000, "MA.156.1301.01"), 'f');
  EXPECT_EQ(size_at(std::nullopt, "MA.156.1301.01.A"), 'g');
}

TEST(TermsOf, CutsLongNamesAtACharacter) {
  for (const std::string& term : TermsOfName(std::string(50, 'a') + "ßßßßßßßßßßßßßßßß"))
    EXPECT_LE(term.size(), kNamePrefix + 64);
  const auto terms = TermsOfName(std::string(63, 'a') + "石");
  EXPECT_NE(std::ranges::find(terms, "n0e" + std::string(63, 'a')), terms.end());
}

TEST(TermsOf, IsBoundedForANameOfManyWords) {
  Holding holding;
  for (int i = 0; i < 40; ++i) {
    std::string name;
    for (int word = 0; word < 100; ++word) name += "w" + std::to_string(100 * i + word) + " ";
    holding.metadata.names["l" + std::to_string(i)] = name;
  }
  EXPECT_EQ(TermsOf(kCity, holding).size(), 256u);
}

TEST(TermsOf, HasRelationsAndSpecifications) {
  Holding holding;
  holding.endpoints.resize(2);
  holding.endpoints[0].rel = "_broker";
  holding.endpoints[0].conforms_to = {"https://spec.example/a"};
  holding.endpoints[1].rel = "_broker";
  EXPECT_EQ(
      TermsOf(kCity, holding),
      (std::vector<std::string>{ConformsTerm("https://spec.example/a"), RelationTerm("_broker")}));
}

TEST(TermKey, IsReadAsItIsWritten) {
  const Bytes key = TermKey("ndubai", *CityId::Parse("MA.784.G292223"));
  const auto row = ReadTermKey(key);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->term, "ndubai");
  EXPECT_EQ(row->id.text(), "MA.784.G292223");
  EXPECT_FALSE(ReadTermKey(AsBytes("ndubai")));
}

}  // namespace
}  // namespace cityid

#include "ledger/store/terms.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cityid {
namespace {

TEST(FoldText, TakesCaseMarksAndWidthAway) {
  EXPECT_EQ(FoldText("São Paulo"), "sao paulo");
  EXPECT_EQ(FoldText("Shíjiāzhuāng"), "shijiazhuang");
  EXPECT_EQ(FoldText("ＤＵＢＡＩ"), "dubai");
  EXPECT_EQ(FoldText("Straße"), "strasse");
  EXPECT_EQ(FoldText("دُبَيّ"), FoldText("دبي"));
}

TEST(FoldText, WhatIsNoLetterAndNoDigitIsOneBlank) {
  EXPECT_EQ(FoldText("  Val-d'Or,  (QC) "), "val d or qc");
  EXPECT_EQ(FoldText("?!"), "");
}

TEST(FoldText, IsEmptyForWhatIsNotUtf8) { EXPECT_EQ(FoldText("\xff\xfe"), ""); }

std::vector<std::string> TermsOfName(const std::string& name) {
  Holding holding;
  holding.metadata.names = {{"en", name}};
  return TermsOf(holding);
}

TEST(TermsOf, HasANameFromEveryWordOn) {
  EXPECT_EQ(TermsOfName("New York City"),
            (std::vector<std::string>{"ncity", "nnew york city", "nyork city"}));
}

TEST(TermsOf, HasANameFromEveryCharacterOnWhereWordsAreNotSetApart) {
  EXPECT_EQ(TermsOfName("石家庄"), (std::vector<std::string>{"n家庄", "n庄", "n石家庄"}));
}

TEST(TermsOf, CutsLongNamesAtACharacter) {
  for (const std::string& term : TermsOfName(std::string(50, 'a') + "ßßßßßßßßßßßßßßßß"))
    EXPECT_LE(term.size(), 65u);
  const auto terms = TermsOfName(std::string(63, 'a') + "石");
  EXPECT_NE(std::ranges::find(terms, "n" + std::string(63, 'a')), terms.end());
}

TEST(TermsOf, IsBoundedForANameOfManyWords) {
  Holding holding;
  for (int i = 0; i < 40; ++i) {
    std::string name;
    for (int word = 0; word < 100; ++word) name += "w" + std::to_string(100 * i + word) + " ";
    holding.metadata.names["l" + std::to_string(i)] = name;
  }
  EXPECT_EQ(TermsOf(holding).size(), 256u);
}

TEST(TermsOf, HasRelationsAndSpecifications) {
  Holding holding;
  holding.endpoints.resize(2);
  holding.endpoints[0].rel = "_broker";
  holding.endpoints[0].conforms_to = {"https://spec.example/a"};
  holding.endpoints[1].rel = "_broker";
  EXPECT_EQ(TermsOf(holding), (std::vector<std::string>{ConformsTerm("https://spec.example/a"),
                                                        RelationTerm("_broker")}));
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

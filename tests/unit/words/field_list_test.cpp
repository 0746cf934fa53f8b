#include "resolver/words/field_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cityid {
namespace {

std::vector<std::string> ValuesOf(std::string_view field) {
  std::vector<std::string> values;
  FieldList list(field);
  while (const auto element = list.Next()) values.emplace_back(element->value);
  return values;
}

int QualityOf(const std::string& parameters) {
  const std::string field = "a/b;" + parameters;
  FieldList list(field);
  return list.Next()->quality;
}

using Values = std::vector<std::string>;

TEST(FieldList, TakesElementsWithoutBlanksAndEmptyOnes) {
  EXPECT_EQ(ValuesOf(" a/b ;q=1\t,, c/d,"), (Values{"a/b", "c/d"}));
  EXPECT_EQ(ValuesOf(""), Values{});
  EXPECT_EQ(ValuesOf(" , \t,"), Values{});
}

TEST(FieldList, ASeparatorBetweenQuotesSeparatesNothing) {
  EXPECT_EQ(ValuesOf(R"(a/b;p="x, y;q=0", c/d)"), (Values{"a/b", "c/d"}));
  EXPECT_EQ(ValuesOf(R"(a/b;p="x\", y", c/d)"), (Values{"a/b", "c/d"}));
  EXPECT_EQ(QualityOf(R"(p="x;q=0")"), 1000);
  EXPECT_EQ(QualityOf(R"(p="x;q=0,y";q=0.5)"), 500);
}

TEST(FieldList, AQuoteThatNothingClosesIsACharacter) {
  EXPECT_EQ(ValuesOf(R"(a/b;p=", c/d;q=0.1)"), (Values{"a/b", "c/d"}));
  EXPECT_EQ(ValuesOf(R"(a/b;p="\", c/d)"), (Values{"a/b", "c/d"}));
  EXPECT_EQ(ValuesOf(R"(a/b;p="x";r=", c/d)"), (Values{"a/b", "c/d"}));
}

TEST(FieldList, ReadsWeights) {
  EXPECT_EQ(QualityOf("q=0"), 0);
  EXPECT_EQ(QualityOf("q=0.000"), 0);
  EXPECT_EQ(QualityOf("q=1.000"), 1000);
  EXPECT_EQ(QualityOf("Q=0.25"), 250);
  EXPECT_EQ(QualityOf("version=1"), 1000);
}

TEST(FieldList, ReadsAWeightThatIsNotWellFormedAsTheNumberThatItIsOrAs1) {
  for (const auto& [text, quality] : std::vector<std::pair<std::string, int>>{{"q=.9", 900},
                                                                              {" q=.2", 200},
                                                                              {"q=0.9999", 999},
                                                                              {"q=0.00001", 1},
                                                                              {"q=0.", 0},
                                                                              {"q=00.5", 500},
                                                                              {"q = 0.5", 500},
                                                                              {"q=\"0.5\"", 500},
                                                                              {"q=1.5", 1000},
                                                                              {"q=2", 1000},
                                                                              {"q=-1", 1000},
                                                                              {"q=x", 1000},
                                                                              {"q=", 1000},
                                                                              {"q", 1000},
                                                                              {"q=.", 1000},
                                                                              {"q=0.5x", 1000},
                                                                              {"q=1e-3", 1000}}) {
    EXPECT_EQ(QualityOf(text), quality) << text;
  }
}

TEST(FieldList, OnlyWhatStandsBeforeTheWeightIsAParameter) {
  const auto has_parameters = [](std::string_view field) {
    FieldList list(field);
    return list.Next()->has_parameters;
  };
  EXPECT_TRUE(has_parameters("a/b;version=2;q=0.1"));
  EXPECT_FALSE(has_parameters("a/b;q=0.1;version=2"));
  EXPECT_FALSE(has_parameters("a/b; charset=\"UTF-8\";;q=0.1"));
  EXPECT_TRUE(has_parameters("a/b;charset=gbk"));
}

}  // namespace
}  // namespace cityid

// Properties of the text that a record may carry, over random texts. The seed is printed;
// CITYID_SEED=N runs the same again.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "codec/record_text.h"
#include "codec/shown_text.h"
#include "tests/property/random_text.h"

namespace cityid {
namespace {

using testing::RandomText;

bool IsName(const std::string& text) { return CheckRecordText(text, TextKind::kName).ok(); }
bool IsWords(const std::string& text) { return CheckRecordText(text, TextKind::kWords).ok(); }

/// Joiners, the selectors of Mongolian and its space.
bool DependsOnNeighbours(char32_t c) {
  return c == 0x200C || c == 0x200D || c == 0x202F || (c >= 0x180B && c <= 0x180F);
}

/// Returns true for a character that goes anywhere in a text and parts no words. Marks don't.
bool IsPlain(char32_t c) {
  const std::string one = RandomText::Utf8(c);
  return !DependsOnNeighbours(c) && IsName(one) && !IsWords("\u0430" + one + "a");
}

class TextProperty : public ::testing::Test {
 protected:
  RandomText random_;
};

TEST_F(TextProperty, WhatARecordMayCarryIsNarrowerThanWhatIsShownRaw) {
  std::size_t taken = 0;
  for (int round = 0; round < 40'000; ++round) {
    const std::string text = RandomText::Text(random_.Points());
    if (IsName(text)) {
      ++taken;
      ASSERT_TRUE(IsWords(text)) << text;
    }
    if (IsWords(text)) {
      ASSERT_FALSE(HasForbiddenCharacter(text)) << text;
    }
  }
  EXPECT_GT(taken, 500u);
}

TEST_F(TextProperty, NothingThatIsRefusedAloneHidesBetweenOthers) {
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char32_t> points = random_.Points();
    const char32_t c = random_.Point();
    if (DependsOnNeighbours(c) || IsWords("-" + RandomText::Utf8(c) + "-")) continue;
    points.insert(points.begin() + static_cast<std::ptrdiff_t>(random_.Below(points.size() + 1)),
                  c);
    ASSERT_FALSE(IsWords(RandomText::Text(points))) << std::hex << static_cast<unsigned>(c);
  }
}

TEST_F(TextProperty, TheOrderOfCharactersDoesNotDecideWhichScriptsGoTogether) {
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char32_t> points = random_.Points();
    std::erase_if(points, [](char32_t c) { return !IsPlain(c); });
    const bool before = IsName(RandomText::Text(points));
    std::ranges::shuffle(points, random_.source());
    ASSERT_EQ(IsName(RandomText::Text(points)), before) << RandomText::Text(points);
  }
}

TEST_F(TextProperty, ANameOfTwoNamesIsTakenOnlyIfBothAre) {
  for (int round = 0; round < 20'000; ++round) {
    const std::string a = RandomText::Text(random_.Points()),
                      b = RandomText::Text(random_.Points());
    if (!IsName(a + "-" + b)) continue;
    ASSERT_TRUE(IsName(a + "-")) << a;
    ASSERT_TRUE(IsName("-" + b)) << b;
  }
}

}  // namespace
}  // namespace cityid

#include "codec/text.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

TEST(ParseDecimal, ReadsWhatPrintingWritesAndNothingElse) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{10},
                                    std::uint64_t{1'800'000'000}, std::uint64_t{INT64_MAX}})
    EXPECT_EQ(ParseDecimal(std::to_string(value)), value);
  for (const char* text : {"", "00", "01", "+1", "-0", "1 ", "9223372036854775808"})
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
}

TEST(JsonEscape, LeavesNothingThatEndsAStringOrIsNotAscii) {
  EXPECT_EQ(JsonEscape("a/b c"), "a/b c");
  EXPECT_EQ(JsonEscape("\"\\"), "\\\"\\\\");
  EXPECT_EQ(JsonEscape(std::string_view("\n\0\x7F\xC3\xA9", 5)), "?????");
}

TEST(TakeLine, TakesWholeLinesAndLeavesTheRest) {
  std::string_view text = "a\n\nb";
  EXPECT_EQ(TakeLine(text), "a");
  EXPECT_EQ(TakeLine(text), "");
  EXPECT_EQ(TakeLine(text), std::nullopt);
  EXPECT_EQ(text, "b");
}

TEST(TakeUntil, TakesEverythingWithoutASeparator) {
  std::string_view text = "a,b";
  EXPECT_EQ(TakeUntil(text, ','), "a");
  EXPECT_EQ(TakeUntil(text, ','), "b");
  EXPECT_EQ(TakeUntil(text, ','), "");
}

TEST(Trim, TakesBlanksOfBothEndsAndNoneFromWithin) {
  EXPECT_EQ(Trim(" \ta b\t "), "a b");
  EXPECT_EQ(Trim(" \t"), "");
  EXPECT_EQ(Trim("\na", "\n"), "a");
}

TEST(LowerCase, LeavesEverythingButAsciiLetters) {
  EXPECT_EQ(LowerCase("AZ@[\xC3\x89"), "az@[\xC3\x89");
  EXPECT_TRUE(EqualIgnoringCase("Host", "hOST"));
  EXPECT_FALSE(EqualIgnoringCase("Host", "Hosts"));
  EXPECT_FALSE(EqualIgnoringCase("@", "`"));
}

}  // namespace
}  // namespace cityid

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

TEST(TakeCodePoint, TakesWhatIsWellFormedAndNothingElse) {
  std::string_view text = "a\xC3\x89\xE2\x82\xAC\xF0\x9F\x98\x80";
  for (const char32_t expected : {U'a', U'\u00C9', U'\u20AC', U'\U0001F600'})
    EXPECT_EQ(TakeCodePoint(text), expected);
  EXPECT_EQ(TakeCodePoint(text), std::nullopt);
  // Cut off, longer than needed, a surrogate, above U+10FFFF, and a byte that begins nothing.
  for (const std::string_view bad :
       {"\xE2\x82", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xFF"}) {
    std::string_view left = bad;
    EXPECT_EQ(TakeCodePoint(left), std::nullopt);
    EXPECT_EQ(left, bad);
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(Digits, AreReadAndWrittenWithZerosInFront) {
  EXPECT_EQ(ParseDigits("0042"), 42U);
  EXPECT_EQ(ParseDigits("9999999999999999999"), 9'999'999'999'999'999'999U);
  for (const std::string_view bad : {"", "1 ", "+1", "-1", "1a", "00000000000000000001"})
    EXPECT_EQ(ParseDigits(bad), std::nullopt) << bad;
  EXPECT_EQ(ParseDecimal("007"), std::nullopt);
  EXPECT_EQ(ParseDecimal("9223372036854775807"), 9'223'372'036'854'775'807U);
  EXPECT_EQ(ParseDecimal("9223372036854775808"), std::nullopt);
  EXPECT_EQ(ZeroFilled(42, 4), "0042");
  EXPECT_EQ(ZeroFilled(12345, 4), "12345");
}

}  // namespace
}  // namespace cityid

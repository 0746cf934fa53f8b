#include "resolver/message/form.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

std::string Field(std::string_view form, std::string_view name = "q", std::size_t most = 512) {
  const auto field = FormField(form, name, most);
  if (!field) return field.error().code == Errc::kTooLarge ? "too large" : "malformed";
  return field->value_or("nothing");
}

TEST(FormField, IsTheFirstOfItsName) {
  EXPECT_EQ(Field("a=1&q=2&q=3"), "2");
  EXPECT_EQ(Field("q="), "");
  EXPECT_EQ(Field("&&q=2&"), "2");
}

TEST(FormField, IsNothingWhereTheNameIsOnlyPartOfAnother) {
  for (const char* form : {"", "q", "qq=1", "aq=1", "Q=1", "a=q=1"})
    EXPECT_EQ(Field(form), "nothing") << form;
}

TEST(FormField, DecodesEscapesAndBlanks) {
  EXPECT_EQ(Field("q=a%20b+c%2B%e7%9F%b3"), "a b c+石");
  EXPECT_EQ(Field("q=a%0D%0Ab"), "a\r\nb");
  EXPECT_EQ(Field("q=a=b"), "a=b");
}

TEST(FormField, RefusesWhatIsNoText) {
  for (const char* value : {"%", "%4", "%zz", "%FF", "%C0%AF", "%ED%A0%80", "%00", "%7F", "\x80"})
    EXPECT_EQ(Field(std::string("q=") + value), "malformed") << value;
}

TEST(FormField, IsAtMostAsLongAsItMay) {
  EXPECT_EQ(Field("q=abc", "q", 3), "abc");
  EXPECT_EQ(Field("q=abcd", "q", 3), "too large");
  EXPECT_EQ(Field("q=%61%62%63", "q", 3), "abc") << "counted after it is decoded";
  EXPECT_EQ(Field("q=" + std::string(10, '%'), "q", 3), "too large") << "not even decoded";
}

TEST(PathText, TakesAPlusForAPlus) {
  EXPECT_EQ(*PathText("a+b%2Bc", 10), "a+b+c");
  EXPECT_EQ(PathText("%FF", 10).error().code, Errc::kMalformed);
  EXPECT_EQ(PathText("abcd", 3).error().code, Errc::kTooLarge);
}

TEST(EncodeField, LeavesOnlyTheUnreservedCharacters) {
  EXPECT_EQ(EncodeField("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(EncodeField("a b&c=d+/?#%\"石"), "a%20b%26c%3Dd%2B%2F%3F%23%25%22%E7%9F%B3");
}

TEST(EncodeField, IsReadBackByFormField) {
  std::string every;
  for (char c = ' '; c < 0x7F; ++c) every += c;
  EXPECT_EQ(Field("q=" + EncodeField(every)), every);
}

TEST(WithField, ReplacesTheFieldWhereverItStands) {
  EXPECT_EQ(WithField("/a?x=1&lang=en&y=2", "lang", "zh"), "/a?x=1&y=2&lang=zh");
  EXPECT_EQ(WithField("/a", "lang", "zh"), "/a?lang=zh");
  EXPECT_EQ(WithField("/a?lang=en", "lang", "a b"), "/a?lang=a%20b");
  EXPECT_EQ(WithField("/a?langs=en", "lang", "zh"), "/a?langs=en&lang=zh");
}

TEST(WithField, EndsNeitherAHeaderNorAnAttribute) {
  const std::string target = WithField("/a\r\nX: 1?q=\"<>&b=\n", "lang", "\"\r\n");
  EXPECT_EQ(target.find_first_of("\r\n\"<> "), std::string::npos) << target;
}

}  // namespace
}  // namespace cityid

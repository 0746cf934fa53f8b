#include "resolver/routing/questions.h"

#include <gtest/gtest.h>

#include "codec/cbor.h"

namespace cityid {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kCbor = "application/cbor";

/// What is asked: texts as they are, bytes in hexadecimal; or the one word of an error.
std::string Word(const Error& error) {
  return error.code == Errc::kMediaType  ? "unsupported"
         : error.code == Errc::kTooLarge ? "too large"
                                         : "malformed";
}
std::string Shown(const Question& question) {
  const auto* bytes = std::get_if<Bytes>(&question.asked);
  return bytes != nullptr ? "h" + Hex(*bytes) : std::get<std::string>(question.asked);
}
std::string Asked(std::string_view type, std::string_view body) {
  const auto questions = ReadQuestions(type, body);
  if (!questions) return Word(questions.error());
  std::string all;
  for (const Question& question : *questions) all += Shown(question) + ";";
  return all;
}
std::string Code(std::string_view type, std::string_view body) {
  const auto code = ReadCode(type, body);
  return code ? Shown(*code) : Word(code.error());
}
std::string TextOf(const CborWriter& writer) {
  const Bytes bytes = writer.bytes();
  return std::string(bytes.begin(), bytes.end());
}
std::string List(std::size_t count) {
  std::string list = "[";
  for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "\"a\"" : ",\"a\"";
  return list + "]";
}

TEST(ReadQuestions, AreTextsOfJsonInTheirOrder) {
  EXPECT_EQ(Asked(kJson, R"(["MA.156.1301", "", "b"])"), "MA.156.1301;;b;");
  EXPECT_EQ(Asked("Application/JSON ; charset=utf-8", R"(["a"])"), "a;");
}

TEST(ReadQuestions, AreTextsAndBytesOfCbor) {
  EXPECT_EQ(Asked(kCbor, TextOf(CborWriter().Array(2).Text("a").ByteString(Bytes{1, 255}))),
            "a;h01ff;");
}

TEST(ReadQuestions, AreOneTo256) {
  EXPECT_EQ(Asked(kJson, "[]"), "malformed");
  EXPECT_EQ(Asked(kCbor, TextOf(CborWriter().Array(0))), "malformed");
  EXPECT_EQ(ReadQuestions(kJson, List(256))->size(), 256u);
  EXPECT_EQ(Asked(kJson, List(257)), "too large");
  CborWriter many;
  many.Array(257);
  for (int i = 0; i < 257; ++i) many.Text("a");
  EXPECT_EQ(Asked(kCbor, TextOf(many)), "too large");
}

TEST(ReadQuestions, AreAtMost4096BytesEach) {
  EXPECT_EQ(Asked(kJson, "[\"" + std::string(4096, 'a') + "\"]"), std::string(4096, 'a') + ";");
  EXPECT_EQ(Asked(kJson, "[\"" + std::string(4097, 'a') + "\"]"), "too large");
  EXPECT_EQ(Asked(kCbor, TextOf(CborWriter().Array(1).Text(std::string(4097, 'a')))), "too large");
}

TEST(ReadQuestions, AreOfTwoTypes) {
  for (const char* type : {"", "text/plain", "json", "application/jsonx", "application/*"})
    EXPECT_EQ(Asked(type, R"(["a"])"), "unsupported") << type;
}

TEST(ReadQuestions, RefusesWhatIsNoList) {
  for (const char* body :
       {"", "{}", "\"a\"", "[1]", "[[\"a\"]]", "[null]", "[\"a\"", "[\"a\"]x", "[\"\xff\"]"})
    EXPECT_EQ(Asked(kJson, body), "malformed") << body;
  EXPECT_EQ(Asked(kJson, std::string_view("[\"a\"]\0", 6)), "malformed");
  EXPECT_EQ(Asked(kJson, std::string(100'000, '[')), "malformed") << "however deep";
  EXPECT_EQ(Asked(kCbor, "\x81"), "malformed") << "an item is missing";
  EXPECT_EQ(Asked(kCbor,
                  "\x81\x61"
                  "ab"),
            "malformed")
      << "one too many";
  EXPECT_EQ(Asked(kCbor,
                  "\x9f\x61"
                  "a\xff"),
            "malformed")
      << "an indefinite length";
}

TEST(ReadCode, IsTakenInEveryForm) {
  EXPECT_EQ(Code("text/plain; charset=utf-8", " \r\nhttps://x/\t\n"), "https://x/");
  EXPECT_EQ(Code("application/x-www-form-urlencoded", "a=b&code=https%3A%2F%2Fx+"), "https://x");
  EXPECT_EQ(Code(kJson, R"({"x":[1],"code":" a "})"), "a");
  EXPECT_EQ(Code("application/cose", "\x01\xff"), "h01ff");
}

TEST(ReadCode, OnlyAFormLosesWhatSurroundsACode) {
  const std::string pasted = "\uFEFF]Q1 https://x/a/1?lang=zh";
  const auto form = ReadCode("application/x-www-form-urlencoded",
                             "code=%EF%BB%BF%5DQ1+https%3A%2F%2Fx%2Fa%2F1%3Flang%3Dzh%09");
  ASSERT_TRUE(form);
  EXPECT_EQ(Shown(*form), "https://x/a/1");
  EXPECT_TRUE(form->was_cleaned);
  for (const char* plain : {"code=https%3A%2F%2Fx%2Fa%2F1", "code=https%3A%2F%2Fx%2Fa%2F1%0D%0A"})
    EXPECT_FALSE(ReadCode("application/x-www-form-urlencoded", plain)->was_cleaned) << plain;
  EXPECT_EQ(Code("text/plain", pasted), pasted);
  EXPECT_EQ(Code(kJson, "{\"code\":\"" + pasted + "\"}"), pasted);
}

TEST(ReadCode, RefusesABodyWithoutOne) {
  for (const char* body : {"", "[]", "{}", R"({"code":1})", R"({"code":["a"]})", R"({"code":"a")"})
    EXPECT_EQ(Code(kJson, body), "malformed") << body;
  for (const char* body : {"", "cod=x", "code", "code=%", "code=%FF"})
    EXPECT_EQ(Code("application/x-www-form-urlencoded", body), "malformed") << body;
  EXPECT_EQ(Code("text/plain", "\xff"), "malformed");
  EXPECT_EQ(Code("application/cbor", "a"), "unsupported");
}

TEST(QueryOf, TakesTextForACodeOrAnIdentifierAndBytesForACode) {
  EXPECT_TRUE(std::holds_alternative<CityId>(QueryOf({"MA.156.1301"}).subject));
  EXPECT_TRUE(std::holds_alternative<Error>(QueryOf({Bytes{1}}).subject));
}

}  // namespace
}  // namespace cityid

#include "resolver/routing/pasted.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cityid {
namespace {

const std::string kCode = "https://id.example.cn/MA.156.1301/1234567";

TEST(WithoutSurroundings, LeavesACodeAndAnIdentifierAsTheyAre) {
  for (const std::string& text :
       {kCode, std::string("MA.156.1301"), std::string("ma.156.1301-UB"), std::string(""),
        std::string("http://id.example.cn/MA.156.1301/1"), std::string("https://id.example.cn"),
        std::string("hello, world")})
    EXPECT_EQ(WithoutSurroundings(text), text);
}

TEST(WithoutSurroundings, TakesOffWhatPeopleCopyWithIt) {
  for (const std::string& text : std::vector<std::string>{
           "  " + kCode + "\r\n",
           "\uFEFF" + kCode,
           "\u200B" + kCode + "\u00A0\u3000",
           "]Q1" + kCode,
           "\uFEFF ]Q3 " + kCode,
           "]d2" + kCode,
           "<" + kCode + ">",
           "\"" + kCode + "\".",
           "“" + kCode + "”",
           "「" + kCode + "」。",
           "(" + kCode + "),",
           kCode + "?lang=zh",
           kCode + "?fbclid=IwAR0x_-y&utm_source=a",
           kCode + "#top",
           kCode + "/",
           kCode + "/?lang=zh ",
           "https://id.example.cn/MA.156.1301/1234\r\n 567",
           "https://id.example.cn/MA.156.1301/1234 567",
           "https://id.example.cn/MA%2E156%2e1301/%31234567",
           std::string("https%3A%2F%2Fid.example.cn%2FMA.156.1301%2F1234567"),
           std::string("HTTPS%3a%2f%2fid.example.cn/MA.156.1301/1234567%3Flang%3Dzh")}) {
    const std::string clean = WithoutSurroundings(text);
    EXPECT_TRUE(clean == kCode || clean == "HTTPS" + kCode.substr(5)) << text << "\n" << clean;
  }
  EXPECT_EQ(WithoutSurroundings("\uFEFF]Q1 MA.156.1301-UB. "), "MA.156.1301-UB");
  EXPECT_EQ(WithoutSurroundings("MA.156.1301?lang=zh"), "MA.156.1301");
}

// What leads elsewhere must not come out as an address of ours.
TEST(WithoutSurroundings, ChangesNeitherSchemeNorHostNorIdentifierNorDigits) {
  for (const std::string& text :
       {"see " + kCode, "https://evil.example/?u=" + kCode, "https://evil.example/" + kCode,
        std::string("https://evil.example/MA.156.1301/1234567"),
        std::string("https://id.example.cn@evil.example/MA.156.1301/1234567"),
        std::string("https://id.example .cn/MA.156.1301/1234567"),
        std::string("https://id.example.cn:8443/MA.156.1301/1234567"),
        std::string("https://id.example.cn%2FMA.156.1301/1234567"),
        std::string("https://id.example.cn/MA.156.1301/12345678"), "javascript:" + kCode,
        kCode.substr(8), "http" + kCode.substr(5)})
    EXPECT_NE(WithoutSurroundings(text), kCode) << text;
  EXPECT_EQ(WithoutSurroundings("https://evil.example/?u=" + kCode), "https://evil.example");
}

}  // namespace
}  // namespace cityid

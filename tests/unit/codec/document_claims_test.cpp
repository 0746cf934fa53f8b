#include "codec/document_claims.h"

#include <gtest/gtest.h>

#include "codec/cbor.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

DocumentClaims WithFacts(std::vector<DocumentFact> facts) {
  return {"permit", "1", {}, {}, std::move(facts)};
}

/// Facts "1", "2" and so on, whose values have `bytes` bytes.
std::vector<DocumentFact> Facts(std::size_t count, std::size_t bytes) {
  std::vector<DocumentFact> facts;
  for (std::size_t i = 1; i <= count; ++i)
    facts.push_back({std::to_string(i), std::string(bytes, 'v')});
  return facts;
}

bool ComesBack(const DocumentClaims& document) {
  const auto read = ParseDocumentClaims(WriteDocumentClaims(document));
  return read && *read == document;
}

/// A map with a type, a number, and `facts` as they are.
Bytes MapWith(const CborWriter& facts) {
  CborWriter out;
  out.Map(3).Uint(1).Text("permit").Uint(2).Text("1").Uint(5).Encoded(facts.bytes());
  return std::move(out).bytes();
}

bool IsMalformed(const CborWriter& facts) {
  const auto read = ParseDocumentClaims(MapWith(facts));
  return !read && read.error().code == Errc::kMalformed;
}

TEST(ParseDocumentClaims, ReadsEveryCombinationOfMembers) {
  for (const bool date : {false, true}) {
    for (const bool digest : {false, true}) {
      for (const bool facts : {false, true}) {
        DocumentClaims document{"permit", "1", {}, {}};
        if (date) document.date = sys_days(days(20779));
        if (digest) document.digest = Sha256(AsBytes("x"));
        if (facts) document.facts = Facts(2, 3);
        EXPECT_TRUE(ComesBack(document)) << date << digest << facts;
      }
    }
  }
}

TEST(ParseDocumentClaims, RefusesATrailingByte) {
  Bytes item = WriteDocumentClaims({"permit", "1", {}, {}});
  item.push_back(0);
  EXPECT_EQ(ParseDocumentClaims(item).error().code, Errc::kMalformed);
}

TEST(ParseDocumentClaims, KeepsTheOrderOfFacts) {
  EXPECT_TRUE(ComesBack(WithFacts({{"b", "1"}, {"\u57CE", "2"}, {"a", "3"}})));
}

TEST(ParseDocumentClaims, TakesTheEdgesOfFacts) {
  EXPECT_TRUE(ComesBack(WithFacts(Facts(8, 31)))) << "8 times 1 + 31 bytes";
  EXPECT_TRUE(ComesBack(WithFacts({{std::string(64, 'l'), std::string(192, 'v')}})));
  EXPECT_TRUE(ComesBack(WithFacts({{"a", "1"}, {"b", "1"}}))) << "one value twice";
}

TEST(ParseDocumentClaims, RefusesFactsBeyondTheirEdges) {
  const auto refused = [](std::vector<DocumentFact> facts) {
    const auto read = ParseDocumentClaims(WriteDocumentClaims(WithFacts(std::move(facts))));
    return !read && read.error().code == Errc::kMalformed;
  };
  EXPECT_TRUE(refused(Facts(9, 1)));
  auto facts = Facts(8, 31);
  facts[3].value += 'v';
  EXPECT_TRUE(refused(facts)) << "257 bytes";
  EXPECT_TRUE(refused({{std::string(65, 'l'), "1"}}));
  EXPECT_TRUE(refused({{"a", std::string(193, 'v')}}));
  EXPECT_TRUE(refused({{"", "1"}}));
  EXPECT_TRUE(refused({{"a", ""}}));
  EXPECT_TRUE(refused({{"a", "1"}, {"b", "1"}, {"a", "2"}}));
  EXPECT_TRUE(refused({{"a\u202E", "1"}}));
  EXPECT_TRUE(refused({{"a", "1\n2"}}));
  EXPECT_TRUE(refused({{"a", "\xC3\x28"}}));
}

TEST(ParseDocumentClaims, RefusesFactsOfAnotherShape) {
  EXPECT_TRUE(IsMalformed(CborWriter().Array(0))) << "none are left out";
  EXPECT_TRUE(IsMalformed(CborWriter().Map(1).Text("a").Text("1")));
  EXPECT_TRUE(IsMalformed(CborWriter().Text("a=1")));
  EXPECT_TRUE(IsMalformed(CborWriter().Array(2).Text("a").Text("1")));
  EXPECT_TRUE(IsMalformed(CborWriter().Array(1).Array(1).Text("a")));
  EXPECT_TRUE(IsMalformed(CborWriter().Array(1).Array(3).Text("a").Text("1").Text("2")));
  EXPECT_TRUE(IsMalformed(CborWriter().Array(1).Array(2).ByteString(AsBytes("a")).Text("1")));
  EXPECT_TRUE(IsMalformed(CborWriter().Array(1).Array(2).Text("a").Uint(1)));
  EXPECT_TRUE(IsMalformed(CborWriter().Array(1).Array(3).Text("a").Text("1"))) << "one is missing";
  EXPECT_TRUE(IsMalformed(CborWriter().Array(1).Array(1).Text("a").Text("1"))) << "one too many";
  EXPECT_TRUE(IsMalformed(CborWriter().Array(2).Array(2).Text("a").Text("1")));
  const Bytes long_head = {0x98, 0x01, 0x82, 0x61, 'a', 0x61, '1'};
  EXPECT_TRUE(IsMalformed(CborWriter().Encoded(long_head)));
  const Bytes indefinite = {0x9F, 0x82, 0x61, 'a', 0x61, '1', 0xFF};
  EXPECT_TRUE(IsMalformed(CborWriter().Encoded(indefinite)));
}

TEST(ParseDocumentClaims, RefusesFactsBeforeOtherMembers) {
  CborWriter out;
  out.Map(4).Uint(1).Text("permit").Uint(2).Text("1");
  out.Uint(5).Array(1).Array(2).Text("a").Text("1").Uint(3).Uint(0);
  EXPECT_EQ(ParseDocumentClaims(out.bytes()).error().code, Errc::kMalformed);
}

TEST(ParseDocumentClaims, RefusesEveryTruncation) {
  const Bytes item = WriteDocumentClaims(WithFacts(Facts(3, 30)));
  for (std::size_t n = 0; n < item.size(); ++n)
    EXPECT_FALSE(ParseDocumentClaims(ByteView(item).first(n))) << n;
}

TEST(WriteDocumentClaims, WritesAtMostWhatTheHeaderSays) {
  // Texts of 24 bytes and more have longer heads; ten of them are the most in 256 bytes.
  constexpr std::size_t kSizes[] = {24, 24, 2, 2, 3, 3, 3, 3};
  std::vector<DocumentFact> facts;
  for (const std::size_t size : kSizes) {
    const char first = static_cast<char>('a' + facts.size());
    facts.push_back({first + std::string(23, 'l'), std::string(size, 'v')});
  }
  const DocumentClaims document{std::string(64, 't'), std::string(64, 'n'),
                                sys_days(days(0xFFFFF)), Sha256Hash(), facts};
  EXPECT_EQ(WriteDocumentClaims(document).size(), kMaxDocumentClaims);
  EXPECT_TRUE(ComesBack(document));
}

TEST(CheckDocumentClaims, RefusesTextThatPeopleDoNotSeeWhole) {
  EXPECT_TRUE(CheckDocumentClaims(WithFacts({{"Valid for", "2 cars"}})));
  for (const char* text : {"a\u200Bb", " a", "a  b", "sh\u0430", "\u3164"}) {
    const auto label = CheckDocumentClaims(WithFacts({{text, "1"}}));
    ASSERT_FALSE(label) << text;
    EXPECT_EQ(label.error().code, Errc::kUsage);
    EXPECT_NE(label.error().detail.find("label"), std::string::npos) << label.error().detail;
    const auto value = CheckDocumentClaims(WithFacts({{"Holder", text}}));
    ASSERT_FALSE(value) << text;
    EXPECT_NE(value.error().detail.find("Holder"), std::string::npos) << value.error().detail;
  }
}

}  // namespace
}  // namespace cityid

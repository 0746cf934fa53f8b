// The compact token and its URL: codec/token.cpp, declared in codec/city_code.h.
#include <gtest/gtest.h>

#include "codec/city_code.h"
#include "tests/unit/codec/code_examples.h"

namespace cityid {
namespace {

const CityId& Subject() {
  static const CityId subject = *CityId::Parse("MA.156.1301");
  return subject;
}

Errc ErrorOf(const std::string& digits) {
  const auto code = ParseToken(Subject(), digits);
  EXPECT_FALSE(code) << digits;
  return code ? Errc::kUsage : code.error().code;
}

/// Bytes as digits, written once more and more slowly than the code does.
std::string DigitsOf(const Bytes& bytes) {
  constexpr int kWidth[] = {0, 3, 5, 8, 10, 13, 15, 17};
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    const std::size_t length = std::min<std::size_t>(7, bytes.size() - at);
    unsigned long long value = 0;
    for (std::size_t i = 0; i < length; ++i) value = value * 256 + bytes[at + i];
    const std::string number = std::to_string(value);
    out += std::string(static_cast<std::size_t>(kWidth[length]) - number.size(), '0') + number;
  }
  return out;
}

TEST(WriteToken, LaysTheFieldsOutAsTheDocumentSays) {
  const ClaimedCode code = ExampleCode();
  Bytes bytes = {0x01};
  bytes.insert(bytes.end(), code.claims.kid.data(), code.claims.kid.data() + 4);
  const Bytes iat_days_serial = {0x6B, 0x02, 0x30, 0x80, 0, 30, 0, 0, 0, 7};
  bytes.insert(bytes.end(), iat_days_serial.begin(), iat_days_serial.end());
  bytes.insert(bytes.end(), code.signature.data(), code.signature.data() + 64);
  EXPECT_EQ(WriteToken(code), DigitsOf(bytes));
}

TEST(WriteToken, TakesOneHundredAndNinetyTwoDigitsWithoutADocument) {
  EXPECT_EQ(WriteToken(ExampleCode()).size(), 192U);
}

TEST(ParseToken, ReadsWhatWriteTokenWrote) {
  for (const Purpose purpose : kEveryPurpose) {
    const ClaimedCode code = ExampleCode(purpose);
    const auto read = ParseToken(Subject(), WriteToken(code));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(*read, code);
    EXPECT_TRUE(VerifyCode(*read, ExampleKey().public_key()));
  }
}

TEST(ParseToken, BindsTheIdentifierBeforeIt) {
  const auto read = ParseToken(*CityId::Parse("MA.156.1302"), WriteToken(ExampleCode()));
  ASSERT_TRUE(read);
  EXPECT_FALSE(VerifyCode(*read, ExampleKey().public_key()));
}

TEST(ParseToken, RefusesEveryOtherCharacter) {
  const std::string digits = WriteToken(ExampleCode());
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    if (c >= '0' && c <= '9') continue;
    for (const std::size_t at : {std::size_t{0}, std::size_t{100}, digits.size() - 1}) {
      std::string changed = digits;
      changed[at] = c;
      EXPECT_EQ(ErrorOf(changed), Errc::kMalformed) << i;
    }
  }
}

TEST(ParseToken, RefusesEveryOtherLength) {
  const std::string digits = WriteToken(ExampleCode());
  for (std::size_t n = 0; n < digits.size(); ++n) {
    EXPECT_EQ(ErrorOf(digits.substr(0, n)), Errc::kMalformed) << n;
  }
  for (std::size_t n = 1; n < 40; ++n) {
    EXPECT_EQ(ErrorOf(digits + std::string(n, '0')), Errc::kMalformed) << n;
  }
}

TEST(ParseToken, RefusesGroupsThatOverflow) {
  const std::string digits = WriteToken(ExampleCode());
  for (std::size_t group = 0; group < 11; ++group) {
    for (const char* value : {"72057594037927936", "99999999999999999"}) {
      EXPECT_EQ(ErrorOf(std::string(digits).replace(group * 17, 17, value)), Errc::kMalformed);
    }
  }
  EXPECT_EQ(ErrorOf(std::string(digits).replace(187, 5, "65536")), Errc::kMalformed);
  EXPECT_TRUE(ParseToken(Subject(), std::string(digits).replace(187, 5, "65535")));
  EXPECT_TRUE(ParseToken(Subject(), std::string(digits).replace(170, 17, "72057594037927935")));
}

TEST(ParseToken, RefusesALastGroupThatOverflowsAtEveryLength) {
  // 79 to 85 bytes: the last group has 2, 3, 4, 5, 6 bytes, a whole group, 1 byte.
  for (std::size_t more = 0; more < 7; ++more) {
    const std::string digits = DigitsOf(Bytes(79 + more, 1));
    const std::size_t last = digits.size() % 17 == 0 ? 17 : digits.size() % 17;
    EXPECT_EQ(ErrorOf(std::string(digits).replace(digits.size() - last, last, last, '9')),
              Errc::kMalformed)
        << more;
  }
}

TEST(ParseToken, RefusesTheReservedBits) {
  Bytes bytes(79, 0);
  for (int first = 0; first < 256; ++first) {
    bytes[0] = static_cast<std::uint8_t>(first);
    const auto read = ParseToken(Subject(), DigitsOf(bytes));
    if (first >= 1 && first <= 3) {
      EXPECT_TRUE(read) << first;
    } else {
      ASSERT_FALSE(read) << first;
      EXPECT_EQ(read.error().code, first == 4 ? Errc::kMalformed : Errc::kUnsupported) << first;
    }
  }
}

TEST(ParseToken, BoundsWhatItReads) {
  EXPECT_EQ(ErrorOf(std::string(kMaxTokenDigits + 1, '0')), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(std::string(1 << 20, '0')), Errc::kMalformed);
}

TEST(WriteCodeUrl, HasSchemeHostIdentifierDigitsAndNothingElse) {
  const ClaimedCode code = ExampleCode();
  EXPECT_EQ(*WriteCodeUrl("id.example.cn", code),
            "https://id.example.cn/MA.156.1301/" + WriteToken(code));
}

TEST(WriteCodeUrl, RefusesWhatIsNoHostName) {
  for (const char* host : {"", "ID.example.cn", "id.example.cn:443", "https://id.example.cn"}) {
    const auto url = WriteCodeUrl(host, ExampleCode());
    ASSERT_FALSE(url) << host;
    EXPECT_EQ(url.error().code, Errc::kUsage) << host;
  }
}

TEST(ParseCodeUrl, ReadsWhatWriteCodeUrlWrote) {
  for (const Purpose purpose : kEveryPurpose) {
    const ClaimedCode code = ExampleCode(purpose);
    const auto read = ParseCodeUrl(*WriteCodeUrl("id.example.cn", code));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->host, "id.example.cn");
    EXPECT_EQ(read->code, code);
  }
}

TEST(ParseCodeUrl, RefusesEveryCharacterInserted) {
  const std::string url = *WriteCodeUrl("id.example.cn", ExampleCode());
  const std::size_t host_end = url.find('/', 8);
  for (std::size_t at = 0; at <= url.size(); ++at) {
    for (const char c : std::string_view("%?#:@ /\\\0\n~A", 12)) {
      // A letter more can be another identifier, and a slash can't stand anywhere.
      const bool in_identifier = at > host_end && at <= url.rfind('/');
      if (c == 'A' && in_identifier) continue;
      std::string changed = url;
      changed.insert(at, 1, c);
      EXPECT_FALSE(ParseCodeUrl(changed)) << changed;
    }
  }
}

TEST(IsHostName, TakesLabelsOfLettersDigitsAndInnerHyphens) {
  for (const std::string& host :
       {std::string("id.example.cn"), std::string("a"), std::string("0.cn"),
        std::string("xn--fiqs8s"), std::string("a-b.cn"), std::string("a--b.cn"),
        std::string(63, 'a') + ".cn"}) {
    EXPECT_TRUE(IsHostName(host)) << host;
  }
}

TEST(IsHostName, RefusesEverythingElse) {
  for (const std::string& host :
       {std::string(), std::string("."), std::string("id."), std::string(".id"),
        std::string("a..b"), std::string("-a"), std::string("a-"), std::string("a.-b"),
        std::string("a-.b"), std::string("A.cn"), std::string("a_b"), std::string("a b"),
        std::string("a/b"), std::string("a:1"), std::string("a@b"), std::string("[::1]"),
        std::string("\u57CE.cn"), std::string(64, 'a') + ".cn"}) {
    EXPECT_FALSE(IsHostName(host)) << host;
  }
}

TEST(IsHostName, TakesTwoHundredAndFiftyThreeCharactersAndNoMore) {
  std::string host = "a";
  while (host.size() < 253) host += ".a";
  ASSERT_EQ(host.size(), 253U);
  EXPECT_TRUE(IsHostName(host));
  EXPECT_FALSE(IsHostName(host + "a"));
}

}  // namespace
}  // namespace cityid

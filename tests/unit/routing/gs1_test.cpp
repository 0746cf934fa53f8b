// GLNs in paths and in EPC binary strings. The strings for 9521141.12345 are the examples of GS1's
// Tag Data Standard; those of the newer schemes were packed by hand from its tables.
#include "resolver/routing/gs1.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

const std::string kGln = "9521141123454";

std::string PathOf(const Result<Gs1Location>& location) {
  return location ? location->path() : location.error().detail;
}

TEST(ParseGs1Path, TakesAGlnAndItsExtension) {
  EXPECT_EQ(PathOf(ParseGs1Path(kGln)), "/414/" + kGln);
  EXPECT_EQ(PathOf(ParseGs1Path(kGln + "/")), "/414/" + kGln);
  EXPECT_EQ(PathOf(ParseGs1Path(kGln + "/254/32a%2Fb/")), "/414/" + kGln + "/254/32a%2Fb");
  EXPECT_EQ(*ParseGs1Path(kGln + "/254/32a%2fb")->extension, "32a/b");
}

TEST(ParseGs1Path, RefusesEveryOtherCheckDigit) {
  for (char digit = '0'; digit <= '9'; ++digit) {
    const std::string gln = kGln.substr(0, 12) + digit;
    EXPECT_EQ(static_cast<bool>(ParseGs1Path(gln)), gln == kGln) << gln;
  }
}

TEST(ParseGs1Path, RefusesWhatIsNoLocation) {
  for (const char* end :
       {"//", "/254", "/254/", "/254//", "/foo", "/10/x", "/3103/000195", "/254/a/254/b",
        "/254/a/10/b", "/254/a//", "/254/%", "/254/%00", "/254/a%20b", "/254/a%23b",
        "/254/123456789012345678901", "/254/%C3%A9"}) {
    const auto location = ParseGs1Path(kGln + end);
    ASSERT_FALSE(location) << end;
    EXPECT_EQ(location.error().code, Errc::kMalformed) << end;
  }
  for (const char* gln : {"", "/", "952114112345", "09521141123454", "952114112345a", "/254/a",
                          "%39521141123454%", "952114112345%00"}) {
    EXPECT_FALSE(ParseGs1Path(gln)) << gln;
  }
  EXPECT_TRUE(ParseGs1Path("%39521141123454"));
}

TEST(DecodeEpc, ReadsTheOlderSchemes) {
  EXPECT_EQ(PathOf(DecodeEpc("3276451fd46072000000162e", EpcAlphabet::kHex)),
            "/414/" + kGln + "/254/5678");
  EXPECT_EQ(PathOf(DecodeEpc("3276451fd460720000000000", EpcAlphabet::kHex)), "/414/" + kGln)
      << "an extension of 0 is none";
  const std::string text = "3976451fd46072cd9615f8800000000000000000000000000000";
  EXPECT_EQ(PathOf(DecodeEpc(text, EpcAlphabet::kHex)), "/414/" + kGln + "/254/32a%2Fb");
  EXPECT_EQ(PathOf(DecodeEpc("MnZFH9RgcgAAABYu", EpcAlphabet::kBase64)),
            "/414/" + kGln + "/254/5678");
}

TEST(DecodeEpc, ReadsTheNewerSchemesInEveryEncodingOfTheExtension) {
  // Header, toggle and filter, 13 digits of 4 bits, then encoding, length and text.
  const std::string start = "f20" + kGln;
  const auto extension = [&](const std::string& bits) {
    const auto location = DecodeEpc(start + bits, EpcAlphabet::kHex);
    return location ? location->extension.value_or("none") : location.error().detail;
  };
  EXPECT_EQ(extension("0458b8"), "5678");                             // 000 00100, in 14 bits 5678
  EXPECT_EQ(extension("23abc"), "ABC");                               // 001 00011, 4 bits each
  EXPECT_EQ(extension("43abc"), "abc");                               // 010 00011, 4 bits each
  EXPECT_EQ(extension("14ad78ebc5ac61ffffe"), std::string(20, '9'));  // 000 10100, 67 bits
  EXPECT_EQ(extension("1400057b8a8bad6970e"), "00012345678901234567");
  EXPECT_EQ(extension("620fc"), "D8");    // 011 00010, 6 bits each: 3 and 60
  EXPECT_EQ(extension("82c388"), "ab");   // 100 00010, 7 bits each: 97 and 98
  EXPECT_EQ(extension("a30694"), "ABC");  // 101 00011, 1684 is 1600 + 2 * 40 + 3 + 1
  EXPECT_EQ(extension("14ffffffffffffffffff"), "the EPC binary string is no location (SGLN)");
  EXPECT_EQ(extension("010"), "none");
  EXPECT_EQ(DecodeEpc("e9" + start.substr(2) + "23abc", EpcAlphabet::kHex)->extension, "ABC");
}

TEST(DecodeEpc, RefusesEveryStringThatIsCutShort) {
  for (const std::string whole :
       {"3276451fd46072000000162e", "3976451fd46072cd9615f8800000000000000000000000000",
        "f20952114112345423abc"}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto location = DecodeEpc(whole.substr(0, size), EpcAlphabet::kHex);
      ASSERT_FALSE(location) << whole.substr(0, size);
      EXPECT_EQ(location.error().code, Errc::kMalformed) << whole.substr(0, size);
    }
  }
}

TEST(DecodeEpc, OtherSchemesAreNotFoundAndNonsenseIsRefused) {
  for (const char* other : {"3074257bf7194e4000001a85", "00", "f7", "e2801160"})
    EXPECT_EQ(DecodeEpc(other, EpcAlphabet::kHex).error().code, Errc::kNotFound) << other;
  for (const std::string& bad :
       {std::string("3276451FD46072000000162E"), std::string("32g"), std::string(513, '0'),
        std::string("327e451fd46072000000162e"),                    // partition 7
        std::string("3276451fd46072000000162e01"),                  // something follows
        std::string("f2095211411234550123"),                        // a check digit of 5
        std::string("f20952114112345423a") + "a",                   // too short
        std::string("f20952114112345435000000000000000000000000"),  // 21 characters
        std::string("f209521141123454e1000000"),                    // no such encoding
        std::string("f20a521141123454230abc")}) {                   // no digit
    const auto location = DecodeEpc(bad, EpcAlphabet::kHex);
    ASSERT_FALSE(location) << bad;
    EXPECT_EQ(location.error().code, Errc::kMalformed) << bad;
  }
}

}  // namespace
}  // namespace cityid

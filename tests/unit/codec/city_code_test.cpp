#include "codec/city_code.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/cbor.h"
#include "codec/cose.h"
#include "tests/unit/codec/code_examples.h"
#include "tests/unit/codec/cose_signature.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

sys_seconds At(std::int64_t second) { return sys_seconds(seconds(second)); }

TEST(Purpose, HasFourNames) {
  for (const Purpose purpose : kEveryPurpose) EXPECT_EQ(PurposeFromName(Name(purpose)), purpose);
  for (const char* name : {"", "City", "cities", "key"})
    EXPECT_FALSE(PurposeFromName(name)) << name;
}

TEST(SignCode, VerifiesUnderItsKeyAndNoOther) {
  for (const Purpose purpose : kEveryPurpose) {
    const ClaimedCode code = ExampleCode(purpose);
    EXPECT_TRUE(VerifyCode(code, ExampleKey(1).public_key())) << Name(purpose);
    EXPECT_FALSE(VerifyCode(code, ExampleKey(2).public_key())) << Name(purpose);
  }
}

TEST(SignCode, CoversEveryClaim) {
  const ClaimedCode code = ExampleCode(Purpose::kDocument);
  const auto verifies = [&](auto change) {
    ClaimedCode changed = code;
    change(changed.claims);
    return VerifyCode(changed, ExampleKey().public_key());
  };
  EXPECT_TRUE(verifies([](CodeClaims&) {}));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.subject = *CityId::Parse("MA.156.1302"); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.purpose = Purpose::kUnit; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.kid = KeyHint(); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { ++c.serial; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.issued_at += seconds(1); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { ++c.days; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.days = 0; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->type += 's'; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->number += '0'; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->date.reset(); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { *c.document->date += days(1); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->digest.reset(); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->digest = Sha256Hash(); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->facts.clear(); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->facts.pop_back(); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->facts[0].label += 's'; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document->facts[1].value += 's'; }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { std::ranges::reverse(c.document->facts); }));
  EXPECT_FALSE(verifies([](CodeClaims& c) { c.document.reset(); }));
}

TEST(SignCode, RefusesTheHintOfAnotherKey) {
  const auto sealed = SignCode(ExampleClaims(), ExampleKey(2));
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Errc::kUsage);
}

TEST(SignCode, RefusesClaimsThatCannotBeWritten) {
  const auto refused = [](Purpose purpose, auto change) {
    CodeClaims claims = ExampleClaims(purpose);
    change(claims);
    const auto sealed = SignCode(claims, ExampleKey());
    return !sealed && sealed.error().code == Errc::kUsage;
  };
  EXPECT_TRUE(refused(Purpose::kCity, [](CodeClaims& c) { c.issued_at = At(-1); }));
  EXPECT_TRUE(refused(Purpose::kCity, [](CodeClaims& c) { c.issued_at = At(0x100000000); }));
  EXPECT_TRUE(refused(Purpose::kCity, [](CodeClaims& c) {
    c.document = DocumentClaims{"a", "1", {}, {}};
  }));
  EXPECT_TRUE(refused(Purpose::kDocument, [](CodeClaims& c) { c.document.reset(); }));
  EXPECT_TRUE(refused(Purpose::kDocument, [](CodeClaims& c) { c.document->type.clear(); }));
  EXPECT_TRUE(refused(Purpose::kDocument, [](CodeClaims& c) { c.document->number.clear(); }));
  EXPECT_TRUE(refused(Purpose::kDocument, [](CodeClaims& c) { c.document->type.assign(65, 't'); }));
  EXPECT_TRUE(
      refused(Purpose::kDocument, [](CodeClaims& c) { c.document->number.assign(65, '1'); }));
  EXPECT_TRUE(refused(Purpose::kDocument, [](CodeClaims& c) { c.document->type = "\xC3\x28"; }));
  EXPECT_TRUE(
      refused(Purpose::kDocument, [](CodeClaims& c) { c.document->date = sys_days(days(-1)); }));
  EXPECT_TRUE(refused(Purpose::kDocument,
                      [](CodeClaims& c) { c.document->date = sys_days(days(1 << 20)); }));
  EXPECT_TRUE(refused(Purpose::kDocument,
                      [](CodeClaims& c) { c.document->facts.push_back(c.document->facts[0]); }));
}

TEST(SignCode, TakesTheEdgesOfEveryRange) {
  const auto sealed = [](Purpose purpose, auto change) {
    CodeClaims claims = ExampleClaims(purpose);
    change(claims);
    const auto code = SignCode(claims, ExampleKey());
    return code && ParseCose(WriteCose(*code)) && *ParseCose(WriteCose(*code)) == *code &&
           *ParseToken(claims.subject, WriteToken(*code)) == *code;
  };
  EXPECT_TRUE(sealed(Purpose::kCity, [](CodeClaims& c) { c.issued_at = At(0); }));
  EXPECT_TRUE(sealed(Purpose::kCity, [](CodeClaims& c) { c.issued_at = At(0xFFFFFFFF); }));
  EXPECT_TRUE(sealed(Purpose::kCity, [](CodeClaims& c) { c.days = 0xFFFF; }));
  EXPECT_TRUE(sealed(Purpose::kCity, [](CodeClaims& c) { c.serial = 0; }));
  EXPECT_TRUE(sealed(Purpose::kCity, [](CodeClaims& c) { c.serial = 0xFFFFFFFF; }));
  EXPECT_TRUE(sealed(Purpose::kDocument, [](CodeClaims& c) { c.document->type.assign(64, 't'); }));
  EXPECT_TRUE(sealed(Purpose::kDocument, [](CodeClaims& c) { c.document->date = sys_days(); }));
  EXPECT_TRUE(sealed(Purpose::kDocument,
                     [](CodeClaims& c) { c.document->date = sys_days(days(0xFFFFF)); }));
}

TEST(ExpiresAt, IsWholeDaysAfterIssueOrNever) {
  CodeClaims claims = ExampleClaims();
  claims.issued_at = At(1000);
  claims.days = 2;
  EXPECT_EQ(claims.expires_at(), At(1000 + 2 * 86400));
  claims.days = 0;
  EXPECT_FALSE(claims.expires_at());
}

TEST(WriteCose, IsOneCoseSign1WithAnEmptyUnprotectedHeader) {
  const Bytes bytes = WriteCose(ExampleCode());
  const auto parts = ParseCoseSign1(bytes);
  ASSERT_TRUE(parts);
  EXPECT_EQ(Hex(parts->unprotected_header), "a0");
  EXPECT_TRUE(VerifyCoseSignature(ExampleKey().public_key(), parts->protected_header,
                                  Sign1ToBeSigned(parts->protected_header, parts->payload),
                                  parts->signature));
}

TEST(ParseCose, ReadsWhatWriteCoseWrote) {
  for (const Purpose purpose : kEveryPurpose) {
    const ClaimedCode code = ExampleCode(purpose);
    const auto read = ParseCose(WriteCose(code));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(*read, code);
  }
}

TEST(ParseCose, RefusesATrailingByteAndEveryTruncation) {
  const Bytes bytes = WriteCose(ExampleCode(Purpose::kDocument));
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(ParseCose(longer).error().code, Errc::kMalformed);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(ParseCose(ByteView(bytes).first(n)).error().code, Errc::kMalformed) << n;
  }
}

TEST(ParseCose, RefusesAnIssueTimeThatATokenCannotHold) {
  // Written by hand: SignCode would refuse it. 32 bits are all that a token has.
  ClaimedCode code = ExampleCode();
  for (const std::int64_t second : {0x100000000, 0x3FFFFFFFF, 0x400000000}) {
    code.claims.issued_at = At(second);
    for (const std::uint16_t validity : {std::uint16_t{0}, std::uint16_t{30}}) {
      code.claims.days = validity;
      const auto read = ParseCose(WriteCose(code));
      ASSERT_FALSE(read) << "iat " << second << " is accepted, and WriteToken cuts it off";
      EXPECT_EQ(read.error().code, Errc::kMalformed);
    }
  }
}

TEST(ParseScanned, TakesEitherCarrier) {
  const ClaimedCode code = ExampleCode();
  const std::string url = *WriteCodeUrl("id.example.cn", code);
  const auto from_url = ParseScanned(AsBytes(url));
  ASSERT_TRUE(from_url);
  EXPECT_EQ(from_url->host, "id.example.cn");
  EXPECT_EQ(from_url->code, code);
  const auto from_cose = ParseScanned(WriteCose(code));
  ASSERT_TRUE(from_cose);
  EXPECT_FALSE(from_cose->host);
  EXPECT_EQ(from_cose->code, code);
}

TEST(ParseScanned, RefusesEverythingElse) {
  for (const char* text : {"", "hello", "MA.156.1301", "https://www.example.com/"}) {
    const auto scanned = ParseScanned(AsBytes(text));
    ASSERT_FALSE(scanned) << text;
    EXPECT_EQ(scanned.error().code, Errc::kMalformed) << text;
  }
}

}  // namespace
}  // namespace cityid

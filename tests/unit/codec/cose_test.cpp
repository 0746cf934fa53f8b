#include "codec/cose.h"

#include <gtest/gtest.h>

#include "codec/cbor.h"
#include "codec/ed25519.h"
#include "tests/unit/codec/cose_signature.h"

namespace cityid {
namespace {

constexpr auto kMalformed = Errc::kMalformed;
constexpr auto kUnsupported = Errc::kUnsupported;
constexpr auto kForged = Errc::kForged;

SecretKey Key() { return SecretKey::FromSeed(Seed()); }

Bytes Header(std::int64_t alg = kCoseEdDsa) { return CborWriter().Map(1).Uint(1).Int(alg).bytes(); }

Bytes Sealed(ByteView header, ByteView payload) {
  return WriteCoseSign1(header, payload, Key().Sign(Sign1ToBeSigned(header, payload)));
}

std::optional<Errc> VerifySign1(ByteView bytes) {
  const auto parsed = ParseCoseSign1(bytes);
  if (!parsed) return parsed.error().code;
  const auto verified = VerifyCoseSignature(
      Key().public_key(), parsed->protected_header,
      Sign1ToBeSigned(parsed->protected_header, parsed->payload), parsed->signature);
  if (!verified) return verified.error().code;
  return std::nullopt;
}

TEST(CoseSign1, VerifiesWhatWasSigned) {
  EXPECT_EQ(VerifySign1(Sealed(Header(), AsBytes("payload"))), std::nullopt);
  EXPECT_EQ(VerifySign1(Sealed(Header(), {})), std::nullopt);
}

TEST(CoseSign1, FailsWithAnyBitFlipped) {
  const Bytes bytes = Sealed(Header(), AsBytes("payload"));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_NE(VerifySign1(changed), std::nullopt) << bit;
  }
}

TEST(CoseSign1, FailsWithAnyByteMissingOrAdded) {
  const Bytes bytes = Sealed(Header(), AsBytes("payload"));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(VerifySign1(ByteView(bytes).first(n)), kMalformed) << n;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(VerifySign1(longer), kMalformed);
}

TEST(CoseSign1, RefusesShapesThatAreNotIts) {
  const std::string signature = "5840" + std::string(128, '0');
  const std::vector<std::string> shapes = {
      "d28343a10127a040",                      // three fields
      "d28543a10127a040" + signature + "00",   // five
      "d28443a10127a040f6",                    // signature is null
      "d28443a10127a0f6" + signature,          // detached payload
      "d28443a101278040" + signature,          // unprotected header is an array
      "d28443a10127a20000000040" + signature,  // unprotected header with a key twice
      "d284a10127a040" + signature,            // protected header is a map, not bytes
      "d8628443a10127a040" + signature,        // another tag
      "d8128443a10127a040" + signature,        // a tag that is not in its shortest form
  };
  for (const std::string& hex : shapes) {
    const auto bytes = FromHex(hex);
    ASSERT_TRUE(bytes) << hex;
    const auto parsed = ParseCoseSign1(*bytes);
    ASSERT_FALSE(parsed) << hex;
    EXPECT_EQ(parsed.error().code, kMalformed) << hex;
  }
}

TEST(VerifyCoseSignature, PinsTheAlgorithmByTheKey) {
  // Rightly signed, but the header names another algorithm, or none.
  for (const std::int64_t alg : {-7, -19, -35, -36, 0, 1, 5}) {
    EXPECT_EQ(VerifySign1(Sealed(Header(alg), AsBytes("payload"))), kUnsupported) << alg;
  }
  EXPECT_EQ(VerifySign1(Sealed({}, AsBytes("payload"))), kUnsupported);
  EXPECT_EQ(VerifySign1(Sealed(CborWriter().Map(0).bytes(), AsBytes("payload"))), kUnsupported);
}

TEST(VerifyCoseSignature, RefusesHeadersThatAreNoDeterministicMap) {
  for (const char* hex : {"8101", "a1", "a1012700", "a201270127", "bf0127ff", "a1013807"}) {
    const Bytes header = FromHex(hex).value();
    EXPECT_EQ(VerifySign1(Sealed(header, AsBytes("payload"))), kMalformed) << hex;
  }
}

TEST(VerifyCoseSignature, RefusesSignaturesOfAnotherLength) {
  const Bytes header = Header();
  const Bytes signed_bytes = Sign1ToBeSigned(header, {});
  for (const std::size_t length : {0U, 63U, 65U, 114U}) {
    const auto verified =
        VerifyCoseSignature(Key().public_key(), header, signed_bytes, Bytes(length));
    ASSERT_FALSE(verified) << length;
    EXPECT_EQ(verified.error().code, kForged) << length;
  }
}

TEST(CoseAlgorithm, FindsItBehindOtherLabels) {
  // Label 0 comes before alg, a text label after it.
  const Bytes header = FromHex("a300810101276161f6").value();
  EXPECT_EQ(**CoseAlgorithm(header), -8);
  EXPECT_FALSE(CoseAlgorithm(FromHex("a1006161").value())->has_value());
}

Bytes SignOf(std::size_t signers) {
  const Bytes header = Header();
  const Bytes payload = {1, 2, 3};
  const Bytes body;
  std::vector<CoseSigner> list;
  const Signature signature = Key().Sign(SignerToBeSigned(body, header, payload));
  for (std::size_t i = 0; i < signers; ++i) list.push_back({{header, {}}, signature.view()});
  return WriteCoseSign(body, payload, list);
}

TEST(CoseSign, ReadsBackEverySigner) {
  for (const std::size_t count : {0U, 1U, 2U, 64U}) {
    const Bytes bytes = SignOf(count);
    const auto parsed = ParseCoseSign(bytes);
    ASSERT_TRUE(parsed) << count;
    ASSERT_EQ(parsed->signers.size(), count);
    for (const CoseSigner& signer : parsed->signers) {
      EXPECT_TRUE(VerifyCoseSignature(
          Key().public_key(), signer.protected_header,
          SignerToBeSigned(parsed->protected_header, signer.protected_header, parsed->payload),
          signer.signature));
    }
  }
}

TEST(CoseSign, RefusesMoreThanSixtyFourSigners) {
  EXPECT_EQ(ParseCoseSign(SignOf(65)).error().code, Errc::kTooLarge);
}

TEST(ToBeSigned, TellsTheTwoStructuresApart) {
  // The same header and payload: a COSE_Sign1 signature is none of a COSE_Sign.
  const Bytes header = Header();
  EXPECT_NE(Sign1ToBeSigned(header, {}), SignerToBeSigned({}, header, {}));
  EXPECT_EQ(Hex(Sign1ToBeSigned(header, {})), "846a5369676e61747572653143a101274040");
  EXPECT_EQ(Hex(SignerToBeSigned({}, header, {})), "85695369676e61747572654043a101274040");
}

}  // namespace
}  // namespace cityid

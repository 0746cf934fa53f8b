#include "codec/cose.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/cbor.h"
#include "tests/unit/codec/cose_signature.h"
#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

constexpr auto kMalformed = Errc::kMalformed;
constexpr auto kUnsupported = Errc::kUnsupported;
constexpr auto kForged = Errc::kForged;
constexpr auto kOk = std::nullopt;

/// The examples state what their signer signed. Ours is built from the bytes: it differs where the
/// example changed the bytes afterwards, or signed external data, which our formats never have.
enum class ToBeSigned { kSame, kOther, kNone };

struct Example {
  const char* file;
  std::optional<Errc> parse;
  ToBeSigned to_be_signed;
  std::optional<Errc> verify;
};

constexpr auto kSame = ToBeSigned::kSame;
constexpr auto kOther = ToBeSigned::kOther;
constexpr auto kNone = ToBeSigned::kNone;

// Ed448 shares alg -8 with Ed25519 (RFC 9053 2.2): the key tells them apart, ours is Ed25519, and a
// signature of 114 bytes is none of its.
constexpr Example kExamples[] = {
    {"eddsa-examples/eddsa-01.json", kOk, kSame, kOk},
    {"eddsa-examples/eddsa-02.json", kOk, kSame, kForged},
    {"eddsa-examples/eddsa-sig-01.json", kOk, kSame, kOk},
    {"eddsa-examples/eddsa-sig-02.json", kOk, kSame, kForged},
    {"sign-tests/ecdsa-01.json", kOk, kSame, kUnsupported},
    {"sign-tests/sign-fail-01.json", kMalformed, kNone, kOk},     // tag 998
    {"sign-tests/sign-fail-02.json", kOk, kSame, kUnsupported},   // signature changed
    {"sign-tests/sign-fail-03.json", kOk, kOther, kUnsupported},  // alg -999
    {"sign-tests/sign-fail-04.json", kOk, kOther, kUnsupported},  // alg "unknown"
    {"sign-tests/sign-fail-06.json", kOk, kOther, kUnsupported},  // protected header added to
    {"sign-tests/sign-fail-07.json", kOk, kOther, kUnsupported},  // and taken from
    {"sign-tests/sign-pass-01.json", kOk, kSame, kUnsupported},   // body protected is h'A0'
    {"sign-tests/sign-pass-02.json", kOk, kOther, kUnsupported},  // external data
    {"sign-tests/sign-pass-03.json", kMalformed, kNone, kOk},     // no tag
    {"sign1-tests/sign-fail-01.json", kMalformed, kNone, kOk},
    {"sign1-tests/sign-fail-02.json", kOk, kOther, kUnsupported},  // payload changed
    {"sign1-tests/sign-fail-03.json", kOk, kOther, kUnsupported},
    {"sign1-tests/sign-fail-04.json", kOk, kOther, kUnsupported},
    {"sign1-tests/sign-fail-06.json", kOk, kOther, kUnsupported},
    {"sign1-tests/sign-fail-07.json", kOk, kOther, kUnsupported},
    {"sign1-tests/sign-pass-01.json", kOk, kSame, kUnsupported},  // alg is not protected
    {"sign1-tests/sign-pass-02.json", kOk, kOther, kUnsupported},
    {"sign1-tests/sign-pass-03.json", kMalformed, kNone, kOk},
};

/// What verification needs, the same for a COSE_Sign1 and for the one signer of a COSE_Sign.
struct Parts {
  ByteView protected_header;
  Bytes to_be_signed;
  ByteView signature;
};

Result<Parts> ParseEither(ByteView bytes, bool sign1) {
  if (sign1) {
    const auto parsed = ParseCoseSign1(bytes);
    if (!parsed) return parsed.error();
    return Parts{parsed->protected_header,
                 Sign1ToBeSigned(parsed->protected_header, parsed->payload), parsed->signature};
  }
  const auto parsed = ParseCoseSign(bytes);
  if (!parsed) return parsed.error();
  EXPECT_EQ(parsed->signers.size(), 1U);
  const CoseSigner& signer = parsed->signers.front();
  return Parts{signer.protected_header,
               SignerToBeSigned(parsed->protected_header, signer.protected_header, parsed->payload),
               signer.signature};
}

/// The example's key; for one of another curve some Ed25519 key.
PublicKey KeyOf(const nlohmann::json& key) {
  if (key.value("crv", "") == "Ed25519") return FixedOf<PublicKey>(key["x_hex"]);
  return *PublicKey::From(
      FromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").value());
}

void CheckExample(const fs::path& folder, const Example& example) {
  const auto json = ReadJson(folder / example.file);
  const bool sign1 = json["input"].contains("sign0");
  const auto& signer = sign1 ? json["input"]["sign0"] : json["input"]["sign"]["signers"][0];
  const auto& stated = sign1 ? json["intermediates"] : json["intermediates"]["signers"][0];
  const Bytes bytes = HexOf(json["output"]["cbor"]);

  const auto parts = ParseEither(bytes, sign1);
  if (example.parse) {
    ASSERT_FALSE(parts);
    EXPECT_EQ(parts.error().code, *example.parse);
    return;
  }
  ASSERT_TRUE(parts) << parts.error().detail;
  EXPECT_EQ(parts->to_be_signed == HexOf(stated["ToBeSign_hex"]), example.to_be_signed == kSame);
  const auto verified = VerifyCoseSignature(KeyOf(signer["key"]), parts->protected_header,
                                            parts->to_be_signed, parts->signature);
  EXPECT_EQ(verified ? std::nullopt : std::optional(verified.error().code), example.verify);
}

TEST(CoseExamples, ComeOutAsStated) {
  const auto folder = SharedVectors("cose");
  if (!folder) return;
  for (const Example& example : kExamples) {
    SCOPED_TRACE(example.file);
    CheckExample(*folder, example);
  }
}

TEST(CoseExamples, AreAllInTheTable) {
  const auto folder = SharedVectors("cose");
  if (!folder) return;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(*folder)) {
    if (entry.path().extension() == ".json") ++files;
  }
  EXPECT_EQ(files, std::size(kExamples));
}

TEST(CoseExamples, DifferByExternalDataOnlyWhereTheySayThey) {
  const auto folder = SharedVectors("cose");
  if (!folder) return;
  for (const bool sign1 : {true, false}) {
    const auto json =
        ReadJson(*folder / (sign1 ? "sign1-tests" : "sign-tests") / "sign-pass-02.json");
    const Bytes bytes = HexOf(json["output"]["cbor"]);
    const auto parts = ParseEither(bytes, sign1);
    ASSERT_TRUE(parts);
    const auto& stated = sign1 ? json["intermediates"] : json["intermediates"]["signers"][0];
    std::string with = Hex(HexOf(stated["ToBeSign_hex"]));
    const std::string external = "4c11aa22bb33cc44dd55006699";
    const auto at = with.find(external);
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(Hex(parts->to_be_signed), with.replace(at, external.size(), "40"));
  }
}

SecretKey Key() { return SecretKey::FromSeed(Seed()); }

Bytes Header(std::int64_t alg = kCoseEdDsa) { return CborWriter().Map(1).Uint(1).Int(alg).bytes(); }

Bytes Sealed(ByteView header, ByteView payload) {
  return WriteCoseSign1(header, payload, Key().Sign(Sign1ToBeSigned(header, payload)));
}

std::optional<Errc> VerifySign1(ByteView bytes) {
  const auto parts = ParseEither(bytes, true);
  if (!parts) return parts.error().code;
  const auto verified = VerifyCoseSignature(Key().public_key(), parts->protected_header,
                                            parts->to_be_signed, parts->signature);
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
  for (std::size_t i = 0; i < signers; ++i) list.push_back({header, {}, signature.view()});
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

// The examples of the COSE working group.
#include <gtest/gtest.h>

#include <algorithm>

#include "codec/cose.h"
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
  const fs::path folder = SharedVectors("cose");
  for (const Example& example : kExamples) {
    SCOPED_TRACE(example.file);
    CheckExample(folder, example);
  }
}

TEST(CoseExamples, AreAllInTheTable) {
  const fs::path folder = SharedVectors("cose");
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") ++files;
  }
  EXPECT_EQ(files, std::size(kExamples));
}

TEST(CoseExamples, DifferByExternalDataOnlyWhereTheySayThey) {
  const fs::path folder = SharedVectors("cose");
  for (const bool sign1 : {true, false}) {
    const auto json =
        ReadJson(folder / (sign1 ? "sign1-tests" : "sign-tests") / "sign-pass-02.json");
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

}  // namespace
}  // namespace cityid

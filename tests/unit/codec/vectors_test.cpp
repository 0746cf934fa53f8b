// Our codes against those of an independent implementation (tests/vectors/make_city_codes.py).
#include <gtest/gtest.h>

#include <map>

#include "codec/city_code.h"
#include "codec/cose.h"
#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;

const nlohmann::json& Vectors() {
  static const nlohmann::json vectors = ReadVectors("city-codes.json");
  return vectors;
}

CodeClaims ClaimsOf(const nlohmann::json& json) {
  CodeClaims claims{*CityId::Parse(json["sub"].get<std::string>()),
                    *PurposeFromName(json["purpose"].get<std::string>()),
                    FixedOf<KeyHint>(json["kid"]),
                    json["serial"].get<std::uint32_t>(),
                    std::chrono::sys_seconds(seconds(json["iat"].get<std::int64_t>())),
                    json["days"].get<std::uint16_t>(),
                    {}};
  if (json.contains("document")) {
    const auto& document = json["document"];
    claims.document = DocumentClaims{document["type"], document["number"], {}, {}};
    if (document.contains("date")) {
      claims.document->date = std::chrono::sys_days(days(document["date"].get<int>()));
    }
    if (document.contains("digest")) {
      claims.document->digest = FixedOf<Sha256Hash>(document["digest"]);
    }
    for (const auto& fact : document.value("facts", nlohmann::json::array()))
      claims.document->facts.push_back({fact[0], fact[1]});
  }
  return claims;
}

TEST(CityCodeVectors, AreSignedToTheSameBytes) {
  for (const auto& vector : Vectors()["valid"]) {
    SCOPED_TRACE(TextOf(vector["name"]));
    const SecretKey key = SecretKey::FromSeed(FixedOf<Seed>(vector["seed"]));
    EXPECT_EQ(Hex(key.public_key()), TextOf(vector["public_key"]));
    const auto code = SignCode(ClaimsOf(vector["claims"]), key);
    ASSERT_TRUE(code) << code.error().detail;
    EXPECT_EQ(Hex(WriteCose(*code)), TextOf(vector["cose"]));
    EXPECT_EQ(WriteToken(*code), TextOf(vector["token"]));
    EXPECT_EQ(*WriteCodeUrl(vector["host"], *code), TextOf(vector["url"]));
  }
}

TEST(CityCodeVectors, AreReadAndVerified) {
  for (const auto& vector : Vectors()["valid"]) {
    SCOPED_TRACE(TextOf(vector["name"]));
    const PublicKey key = FixedOf<PublicKey>(vector["public_key"]);
    const CodeClaims claims = ClaimsOf(vector["claims"]);
    const auto from_url = ParseCodeUrl(vector["url"].get<std::string>());
    ASSERT_TRUE(from_url) << from_url.error().detail;
    EXPECT_EQ(from_url->host, TextOf(vector["host"]));
    EXPECT_EQ(from_url->code.claims, claims);
    EXPECT_TRUE(VerifyCode(from_url->code, key));
    const auto from_cose = ParseCose(HexOf(vector["cose"]));
    ASSERT_TRUE(from_cose) << from_cose.error().detail;
    EXPECT_EQ(*from_cose, from_url->code);
  }
}

TEST(CityCodeVectors, AreSignedOverTheSigStructureTheyState) {
  for (const auto& vector : Vectors()["valid"]) {
    SCOPED_TRACE(TextOf(vector["name"]));
    const Bytes cose = HexOf(vector["cose"]);
    const auto parts = ParseCoseSign1(cose);
    ASSERT_TRUE(parts);
    EXPECT_EQ(Hex(Sign1ToBeSigned(parts->protected_header, parts->payload)),
              TextOf(vector["to_be_signed"]));
  }
}

TEST(CityCodeVectors, CoverEveryPurposeWithAndWithoutEnd) {
  std::map<std::string, int> seen;
  for (const auto& vector : Vectors()["valid"]) {
    const auto& claims = vector["claims"];
    ++seen[claims["purpose"].get<std::string>() + (claims["days"] == 0 ? " without end" : "")];
  }
  EXPECT_EQ(seen.size(), 8U);
}

/// The error of an invalid vector, by the name that `Errc` has.
std::string ErrorOf(const nlohmann::json& vector) {
  const Bytes content = vector.contains("cose") ? HexOf(vector["cose"]) : [&] {
    const std::string url = vector["url"];
    return Bytes(url.begin(), url.end());
  }();
  const auto scanned = ParseScanned(content);
  if (scanned) {
    const PublicKey key = FixedOf<PublicKey>(vector["public_key"]);
    return VerifyCode(scanned->code, key) ? "verified" : "kForged";
  }
  if (scanned.error().code == Errc::kMalformed) return "kMalformed";
  if (scanned.error().code == Errc::kUnsupported) return "kUnsupported";
  return "another error";
}

TEST(CityCodeVectors, AreRefusedWithTheErrorTheyState) {
  std::map<std::string, int> seen;
  for (const auto& vector : Vectors()["invalid"]) {
    const std::string error = ErrorOf(vector);
    EXPECT_EQ(error, TextOf(vector["errc"])) << vector["name"];
    ++seen[error];
  }
  EXPECT_GE(seen["kMalformed"], 100);
  EXPECT_GE(seen["kUnsupported"], 10);
  EXPECT_GE(seen["kForged"], 5);
}

}  // namespace
}  // namespace cityid

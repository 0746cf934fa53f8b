// docs/city-code.md 2 and 3: claims and COSE bytes.
#include "codec/city_code.h"

#include <array>

#include "codec/cbor.h"
#include "codec/cose.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view kTyp = "application/cityid+cwt";
constexpr std::array kPurposes = {Purpose::kCity, Purpose::kUnit, Purpose::kDevice,
                                  Purpose::kDocument};
// CWT claim keys (RFC 8392 4); the private ones lie below -65536.
constexpr std::uint64_t kSub = 2;
constexpr std::uint64_t kExp = 4;
constexpr std::uint64_t kIat = 6;
constexpr std::uint64_t kCti = 7;
constexpr std::int64_t kPurposeClaim = -65537;
constexpr std::int64_t kDocumentClaim = -65538;

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("code: ") + detail};
}
Error Usage(const std::string& detail) { return Error{Errc::kUsage, "code: " + detail}; }

Bytes ProtectedHeader(const KeyHint& kid) {
  CborWriter out;
  out.Map(3).Uint(kCoseAlg).Int(kCoseEdDsa).Uint(kCoseKid).ByteString(kid.view());
  return std::move(out.Uint(kCoseTyp).Text(kTyp)).bytes();
}

Bytes Payload(const CodeClaims& claims) {
  const auto expires = claims.expires_at();
  CborWriter out;
  out.Map(4 + (expires ? 1 : 0) + (claims.document ? 1 : 0));
  out.Uint(kSub).Text(claims.subject.text());
  if (expires) out.Uint(kExp).Int(expires->time_since_epoch().count());
  out.Uint(kIat).Int(claims.issued_at.time_since_epoch().count());
  Bytes cti = ToBytes(claims.kid.view());
  AppendBigEndian(cti, claims.serial, 4);
  out.Uint(kCti).ByteString(cti);
  out.Int(kPurposeClaim).Uint(static_cast<std::uint64_t>(claims.purpose));
  if (claims.document) out.Int(kDocumentClaim).Encoded(WriteDocumentClaims(*claims.document));
  return std::move(out).bytes();
}

/// Reads the next key, which must be `key`.
Result<void> ReadKey(CborReader& in, std::int64_t key, const char* name) {
  const auto read = in.Int();
  if (!read) return read.error();
  if (*read != key) return Malformed((std::string("claim ") + name + " is missing").c_str());
  return {};
}

Result<sys_seconds> ReadTime(CborReader& in) {
  const auto value = in.Uint();
  if (!value) return value.error();
  // exp may be 65535 days after the last iat; both fit into 34 bits.
  if (*value >> 34 != 0) return Malformed("a time is out of range");
  return sys_seconds(seconds(*value));
}

Result<ClaimedCode> ReadClaims(ByteView payload, const KeyHint& kid) {
  CborReader in(payload);
  const auto count = in.Map();
  if (!count) return count.error();
  if (const auto key = ReadKey(in, kSub, "sub"); !key) return key.error();
  const auto sub = in.Text();
  if (!sub) return sub.error();
  const auto subject = CityId::Parse(*sub);
  if (!subject) return subject.error();

  ClaimedCode code{CodeClaims{*subject, {}, kid, 0, {}, 0, {}}, {}};
  auto key = in.Uint();
  if (!key) return key.error();
  std::optional<sys_seconds> expires;
  if (*key == kExp) {
    const auto exp = ReadTime(in);
    if (!exp) return exp.error();
    expires = *exp;
    key = in.Uint();
    if (!key) return key.error();
  }
  if (*key != kIat) return Malformed("claim iat is missing");
  const auto iat = ReadTime(in);
  if (!iat) return iat.error();
  if (iat->time_since_epoch().count() > 0xFFFFFFFF) return Malformed("iat is over 32 bits");
  code.claims.issued_at = *iat;
  if (expires) {
    const auto span = *expires - *iat;
    if (span <= seconds(0) || span % days(1) != seconds(0) || span > days(0xFFFF)) {
      return Malformed("exp is not 1 to 65535 whole days after iat");
    }
    code.claims.days = static_cast<std::uint16_t>(span / days(1));
  }
  if (const auto k = ReadKey(in, kCti, "cti"); !k) return k.error();
  const auto cti = in.ByteString();
  if (!cti) return cti.error();
  if (cti->size() != 8) return Malformed("cti is not 8 bytes");
  code.claims.serial = static_cast<std::uint32_t>(ReadBigEndian(cti->subspan(4)));
  if (const auto k = ReadKey(in, kPurposeClaim, "purpose"); !k) return k.error();
  const auto purpose = in.Uint();
  if (!purpose) return purpose.error();
  code.claims.purpose = static_cast<Purpose>(*purpose);
  if (*purpose > 0xFF || Name(code.claims.purpose).empty())
    return Error{Errc::kUnsupported, "code: unknown purpose"};
  if (code.claims.purpose == Purpose::kDocument) {
    if (const auto k = ReadKey(in, kDocumentClaim, "document"); !k) return k.error();
    const auto item = in.Item();
    if (!item) return item.error();
    auto document = ParseDocumentClaims(*item);
    if (!document) return document.error();
    code.claims.document = *std::move(document);
  }
  if (const auto end = in.End(); !end) return end.error();
  return code;
}

}  // namespace

std::string_view Name(Purpose purpose) {
  switch (purpose) {
    case Purpose::kCity:
      return "city";
    case Purpose::kUnit:
      return "unit";
    case Purpose::kDevice:
      return "device";
    case Purpose::kDocument:
      return "document";
  }
  return {};
}

std::optional<Purpose> PurposeFromName(std::string_view name) {
  const auto purpose =
      std::ranges::find(kPurposes, name, [](Purpose candidate) { return Name(candidate); });
  if (purpose == kPurposes.end()) return std::nullopt;
  return *purpose;
}

std::optional<sys_seconds> CodeClaims::expires_at() const {
  if (days == 0) return std::nullopt;
  return issued_at + std::chrono::days(days);
}

Result<void> CheckClaims(const CodeClaims& claims) {
  const auto iat = claims.issued_at.time_since_epoch().count();
  if (iat < 0 || iat > 0xFFFFFFFF) return Usage("issued-at lies outside 1970 to 2106");
  if (claims.document.has_value() != (claims.purpose == Purpose::kDocument)) {
    return Usage("document claims go with purpose document, and only with it");
  }
  if (claims.document) return CheckDocumentClaims(*claims.document);
  return {};
}

Result<ClaimedCode> SealCode(const CodeClaims& claims, const SecretKey& key) {
  if (const auto checked = CheckClaims(claims); !checked) return checked.error();
  if (claims.kid != HintOf(key.public_key())) return Usage("kid is not that of the key");
  return ClaimedCode{claims,
                     key.Sign(Sign1ToBeSigned(ProtectedHeader(claims.kid), Payload(claims)))};
}

bool VerifySeal(const ClaimedCode& code, const PublicKey& key) {
  const CodeClaims& claims = code.claims;
  return VerifySignature(key, Sign1ToBeSigned(ProtectedHeader(claims.kid), Payload(claims)),
                         code.signature);
}

Bytes WriteCose(const ClaimedCode& code) {
  return WriteCoseSign1(ProtectedHeader(code.claims.kid), Payload(code.claims), code.signature);
}

Result<ClaimedCode> ParseCose(ByteView bytes) {
  const auto parts = ParseCoseSign1(bytes);
  if (!parts) return parts.error();
  const auto alg = CoseAlgorithm(parts->protected_header);
  if (!alg) return alg.error();
  if (*alg != kCoseEdDsa) return Error{Errc::kUnsupported, "code: alg is not EdDSA"};

  CborReader header(parts->protected_header);
  std::optional<KeyHint> kid;
  if (header.Map() && header.Item() && header.Item() && header.Item()) {
    if (const auto bytes4 = header.ByteString()) kid = KeyHint::From(*bytes4);
  }
  if (!kid) return Malformed("kid is not 4 bytes");
  auto code = ReadClaims(parts->payload, *kid);
  if (!code) return code.error();
  const auto signature = Signature::From(parts->signature);
  if (!signature) return Malformed("signature is not 64 bytes");
  code->signature = *signature;
  // Written again, everything that was read must give the same bytes. So headers, claims and
  // lengths have one form, and so has the token that is made from them.
  if (!Equal(WriteCose(*code), bytes)) return Malformed("not in the one form of this profile");
  return code;
}

}  // namespace cityid

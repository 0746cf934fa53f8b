// docs/city-code.md 2 and 3: claims and COSE bytes.
#include "codec/city_code.h"

#include <algorithm>
#include <array>

#include "codec/cbor.h"
#include "codec/cose.h"
#include "codec/named.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view kTyp = "application/cityid+cwt";
constexpr Named<Purpose> kPurposes[] = {{Purpose::kCity, "city"},
                                        {Purpose::kUnit, "unit"},
                                        {Purpose::kDevice, "device"},
                                        {Purpose::kDocument, "document"}};
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
void ReadKey(CborItems& in, std::int64_t key, const std::string& name) {
  if (in.Int() != key) in.Fail("claim " + name + " is missing");
}

sys_seconds ReadTime(CborItems& in) {
  // exp may be 65535 days after the last iat; both fit into 34 bits.
  return sys_seconds(seconds(in.UintUpTo((std::uint64_t{1} << 34) - 1, "a time is out of range")));
}

Result<ClaimedCode> ReadClaims(ByteView payload, const KeyHint& kid) {
  CborItems in(CborReader(payload), "code: ");
  in.Map();
  ReadKey(in, kSub, "sub");
  const std::string_view sub = in.Text();
  if (in.error()) return *in.error();
  const auto subject = CityId::Parse(sub);
  if (!subject) return subject.error();

  ClaimedCode code{CodeClaims{*subject, {}, kid, 0, {}, 0, {}}, {}};
  CodeClaims& claims = code.claims;
  std::uint64_t key = in.Uint();
  std::optional<sys_seconds> expires;
  if (key == kExp) {
    expires = ReadTime(in);
    key = in.Uint();
  }
  if (key != kIat) in.Fail("claim iat is missing");
  claims.issued_at = ReadTime(in);
  if (claims.issued_at.time_since_epoch().count() > 0xFFFFFFFF) in.Fail("iat is over 32 bits");
  if (expires) {
    const auto span = *expires - claims.issued_at;
    if (span <= seconds(0) || span % days(1) != seconds(0) || span > days(0xFFFF))
      in.Fail("exp is not 1 to 65535 whole days after iat");
    claims.days = static_cast<std::uint16_t>(span / days(1));
  }
  ReadKey(in, kCti, "cti");
  const ByteView cti = in.ByteString();
  if (cti.size() != 8) in.Fail("cti is not 8 bytes");
  claims.serial = static_cast<std::uint32_t>(ReadBigEndian(cti));  // its last four bytes
  ReadKey(in, kPurposeClaim, "purpose");
  const std::uint64_t purpose = in.Uint();
  claims.purpose = static_cast<Purpose>(purpose);
  if (purpose > 0xFF || Name(claims.purpose).empty())
    in.Fail(Error{Errc::kUnsupported, "code: unknown purpose"});
  if (claims.purpose == Purpose::kDocument) {
    ReadKey(in, kDocumentClaim, "document");
    auto document = ParseDocumentClaims(in.Item());
    if (!document) in.Fail(document.error());
    if (document) claims.document = *std::move(document);
  }
  return in.Finish(std::move(code));
}

}  // namespace

std::string_view Name(Purpose purpose) { return NameIn(kPurposes, purpose); }

std::optional<Purpose> PurposeFromName(std::string_view name) {
  const auto row = std::ranges::find(kPurposes, name, &Named<Purpose>::name);
  if (row == std::end(kPurposes)) return std::nullopt;
  return row->value;
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

Result<ClaimedCode> SignCode(const CodeClaims& claims, const SecretKey& key) {
  if (const auto checked = CheckClaims(claims); !checked) return checked.error();
  if (claims.kid != HintOf(key.public_key())) return Usage("kid is not that of the key");
  return ClaimedCode{claims,
                     key.Sign(Sign1ToBeSigned(ProtectedHeader(claims.kid), Payload(claims)))};
}

bool VerifyCode(const ClaimedCode& code, const PublicKey& key) {
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

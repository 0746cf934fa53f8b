// docs/city-code.md 4 and 5: the compact token in decimal digits, and the URL that carries it.
#include <array>

#include "codec/city_code.h"
#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::size_t kFixedPart = 1 + 4 + 4 + 2 + 4;
constexpr std::size_t kGroupBytes = 7;
constexpr std::size_t kGroupDigits = 17;
// Digits that hold a last group of 0 to 6 bytes: the fewest with 10^digits >= 256^bytes.
constexpr std::array<std::size_t, 7> kLastDigits = {0, 3, 5, 8, 10, 13, 15};
constexpr std::string_view kScheme = "https://";

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("code: ") + detail};
}

std::string ToDigits(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() / kGroupBytes * kGroupDigits + kGroupDigits);
  for (; bytes.size() >= kGroupBytes; bytes = bytes.subspan(kGroupBytes))
    out += ZeroFilled(ReadBigEndian(bytes.first(kGroupBytes)), kGroupDigits);
  if (!bytes.empty()) out += ZeroFilled(ReadBigEndian(bytes), kLastDigits[bytes.size()]);
  return out;
}

Result<Bytes> FromDigits(std::string_view digits) {
  if (digits.size() > kMaxTokenDigits) return Malformed("too many digits");
  Bytes bytes;
  bytes.reserve(digits.size() / kGroupDigits * kGroupBytes + kGroupBytes);
  while (!digits.empty()) {
    const std::string_view group = digits.substr(0, kGroupDigits);
    std::size_t length = kGroupBytes;
    if (group.size() < kGroupDigits) {
      length = 1;
      while (length < kLastDigits.size() && kLastDigits[length] != group.size()) ++length;
      if (length == kLastDigits.size())
        return Malformed("the last group of digits has a length that no bytes have");
    }
    const auto value = ParseDigits(group);
    if (!value) return Malformed("a token has digits only");
    if (*value >> (8 * length) != 0) return Malformed("a group of digits is out of range");
    AppendBigEndian(bytes, *value, length);
    digits.remove_prefix(group.size());
  }
  return bytes;
}

std::uint32_t Read32(ByteView bytes) { return static_cast<std::uint32_t>(ReadBigEndian(bytes)); }

}  // namespace

std::string WriteToken(const ClaimedCode& code) {
  const CodeClaims& claims = code.claims;
  Bytes bytes;
  bytes.reserve(kFixedPart + kMaxDocumentClaims + Signature::kSize);
  bytes.push_back(static_cast<std::uint8_t>(claims.purpose));  // profile 0 in the high four bits
  Append(bytes, claims.kid.view());
  AppendBigEndian(bytes, static_cast<std::uint32_t>(claims.issued_at.time_since_epoch().count()),
                  4);
  AppendBigEndian(bytes, claims.days, 2);
  AppendBigEndian(bytes, claims.serial, 4);
  if (claims.document) Append(bytes, WriteDocumentClaims(*claims.document));
  Append(bytes, code.signature.view());
  return ToDigits(bytes);
}

Result<ClaimedCode> ParseToken(const CityId& subject, std::string_view digits) {
  const auto bytes = FromDigits(digits);
  if (!bytes) return bytes.error();
  const ByteView in(*bytes);
  if (in.size() < kFixedPart + Signature::kSize) return Malformed("too few digits");
  if (in[0] >> 4 != 0) return Error{Errc::kUnsupported, "code: unknown profile"};
  if (Name(static_cast<Purpose>(in[0])).empty())
    return Error{Errc::kUnsupported, "code: unknown purpose"};
  ClaimedCode code{
      CodeClaims{subject,
                 static_cast<Purpose>(in[0]),
                 *KeyHint::From(in.subspan(1, 4)),
                 Read32(in.subspan(11, 4)),
                 std::chrono::sys_seconds(std::chrono::seconds(Read32(in.subspan(5, 4)))),
                 static_cast<std::uint16_t>(Read32(in.subspan(9, 2))),
                 {}},
      *Signature::From(in.last(Signature::kSize))};
  const ByteView document = in.subspan(kFixedPart, in.size() - kFixedPart - Signature::kSize);
  if (document.empty() != (code.claims.purpose != Purpose::kDocument)) {
    return Malformed("document claims go with purpose document, and only with it");
  }
  if (!document.empty()) {
    auto parsed = ParseDocumentClaims(document);
    if (!parsed) return parsed.error();
    code.claims.document = *std::move(parsed);
  }
  return code;
}

Result<std::string> WriteCodeUrl(const std::string& host, const ClaimedCode& code) {
  if (!IsHostName(host)) return Error{Errc::kUsage, "code: '" + host + "' is no host name"};
  return std::string(kScheme) + host + '/' + code.claims.subject.text() + '/' + WriteToken(code);
}

Result<ScannedCode> ParseCodeUrl(std::string_view url) {
  if (!url.starts_with(kScheme)) return Malformed("not an https URL");
  url.remove_prefix(kScheme.size());
  const std::size_t slash = url.find('/');
  if (slash == std::string_view::npos) return Malformed("URL has no identifier");
  const std::string_view host = url.substr(0, slash);
  if (!IsHostName(host)) return Malformed("URL has no plain host name in lower case");
  const std::string_view path = url.substr(slash + 1);
  const std::size_t second = path.find('/');
  if (second == std::string_view::npos) return Malformed("URL has no token");
  const auto subject = CityId::Parse(path.substr(0, second));
  if (!subject) return subject.error();
  auto code = ParseToken(*subject, path.substr(second + 1));
  if (!code) return code.error();
  return ScannedCode{std::string(host), *std::move(code)};
}

Result<ScannedCode> ParseScanned(ByteView content) {
  // COSE_Sign1 begins with 0xD2, tag 18. Another tag, or an array of four without any, is not this
  // profile, and the parser says so. No URL begins so.
  const bool cose =
      !content.empty() && (content[0] == 0x84 || (content[0] >= 0xC0 && content[0] <= 0xDB));
  if (!cose) return ParseCodeUrl(AsText(content));
  auto code = ParseCose(content);
  if (!code) return code.error();
  return ScannedCode{std::nullopt, *std::move(code)};
}

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  char last = '.';
  for (const char c : text) {
    if (c == '.') {
      if (label == 0 || last == '-') return false;
      label = 0;
    } else {
      const bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!alnum && (c != '-' || label == 0)) return false;
      if (++label > 63) return false;
    }
    last = c;
  }
  return last != '.' && last != '-';
}

}  // namespace cityid

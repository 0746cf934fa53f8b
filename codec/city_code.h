// Signed codes (docs/city-code.md): what a sign, a device or a document carries in its QR code.
//
// A code is a set of claims (whose it is, what it stands on, which key signed it, when) and one
// Ed25519 signature over them. It has two carriers: COSE_Sign1 bytes, and a compact token of
// decimal digits in a URL. Both carry the same claims and the same signature, so one becomes the
// other without a key.
//
// To make a code: fill `CodeClaims`, call `SignCode`, then `WriteCodeUrl` (or `WriteCose`).
// To read one: call `ParseScanned`, find the signer's key by `claims.kid` in the ledger, call
// `VerifyCode` with that key, and only then ask the ledger whether key and code still hold.
//
// No `Parse` function here verifies anything: a `ClaimedCode` says whatever its maker wanted. Nor
// is a code with a good signature valid yet: revocation, purpose and dates are the resolver's to
// judge.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/document_claims.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

/// What a code stands on, and what a key may sign for. The values are those of the formats.
enum class Purpose : std::uint8_t { kCity = 1, kUnit = 2, kDevice = 3, kDocument = 4 };

/// Returns "city", "unit", "device" or "document"; an empty name for any other value.
std::string_view Name(Purpose purpose);
/// Returns nothing for a name that is none of these.
std::optional<Purpose> PurposeFromName(std::string_view name);

/// The claims of a code (docs/city-code.md 2).
struct CodeClaims {
  CityId subject;
  Purpose purpose = Purpose::kCity;
  KeyHint kid;
  std::uint32_t serial = 0;                ///< counts up for each key, never used twice
  std::chrono::sys_seconds issued_at{};    ///< 0 to 2^32 - 1 seconds since 1970
  std::uint16_t days = 0;                  ///< of validity after `issued_at`; 0: no end
  std::optional<DocumentClaims> document;  ///< exactly for `Purpose::kDocument`

  /// Returns the first second at which the code is no longer valid, or nothing if it has no end.
  std::optional<std::chrono::sys_seconds> expires_at() const;

  friend bool operator==(const CodeClaims&, const CodeClaims&) = default;
};

/// Claims and a signature, not verified: what a code says of itself.
struct ClaimedCode {
  CodeClaims claims;
  Signature signature;

  friend bool operator==(const ClaimedCode&, const ClaimedCode&) = default;
};

/// Checks that claims can be written: ranges, lengths, and document claims exactly for purpose
/// `kDocument`. Errors: kUsage.
Result<void> CheckClaims(const CodeClaims& claims);

/// Signs claims. `claims.kid` must be the hint of `key`. Errors: kUsage.
Result<ClaimedCode> SignCode(const CodeClaims& claims, const SecretKey& key);

/// Verifies the signature: returns true if `key` signed `code`. Thread-safe.
bool VerifyCode(const ClaimedCode& code, const PublicKey& key);

/// Writes the COSE_Sign1 bytes of a code (docs/city-code.md 3).
Bytes WriteCose(const ClaimedCode& code);

/// Parses COSE_Sign1 bytes in the one form that `WriteCose` writes. Verifies nothing.
/// Errors: kMalformed; kUnsupported for another profile, algorithm or purpose.
Result<ClaimedCode> ParseCose(ByteView bytes);

/// Writes the compact token, decimal digits (docs/city-code.md 4).
std::string WriteToken(const ClaimedCode& code);

/// Parses the digits of a token; `subject` is the identifier before them in the URL. Verifies
/// nothing. Errors: kMalformed; kUnsupported for another profile or purpose.
Result<ClaimedCode> ParseToken(const CityId& subject, std::string_view digits);

/// The most digits a token has: those of 79 bytes and of the longest document claims. They are 78
/// groups of 7 bytes, and one byte.
inline constexpr std::size_t kMaxTokenDigits = 78 * 17 + 3;
static_assert(79 + kMaxDocumentClaims == 78 * 7 + 1);

/// What a scanner read, in either carrier.
struct ScannedCode {
  std::optional<std::string> host;  ///< of the URL; COSE bytes have none
  ClaimedCode code;
};

/// Writes the URL that carries a code, `https://<host>/<ID>/<digits>`. Errors: kUsage if `host` is
/// no host name.
Result<std::string> WriteCodeUrl(const std::string& host, const ClaimedCode& code);

/// Parses the URL of a code: a canonical identifier, and no percent-encoding, port, user, query or
/// fragment. Verifies nothing. Errors: kMalformed, kUnsupported.
Result<ScannedCode> ParseCodeUrl(std::string_view url);

/// Parses a URL or COSE_Sign1 bytes. Verifies nothing. Errors: kMalformed, kUnsupported.
Result<ScannedCode> ParseScanned(ByteView content);

/// Returns true for a host name in lower case without a final dot: labels of letters, digits and
/// inner hyphens (RFC 1123 2.1), at most 253 characters.
bool IsHostName(std::string_view text);

}  // namespace cityid

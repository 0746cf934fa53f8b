// Signed codes: their claims, and the two forms of the same signature, COSE bytes and compact
// token (docs/city-code.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

/// What a code stands on, and what a key may sign for. The values are those of the formats.
enum class Purpose : std::uint8_t { kCity = 1, kUnit = 2, kDevice = 3, kDocument = 4 };

/// "city", "unit", "device", "document".
std::string_view Name(Purpose purpose);
std::optional<Purpose> PurposeFromName(std::string_view name);

/// What a document code says of its document. No personal data belongs in here.
struct DocumentClaims {
  std::string type;                           ///< 1 to 64 bytes of UTF-8, "permit"
  std::string number;                         ///< 1 to 64 bytes of UTF-8
  std::optional<std::chrono::sys_days> date;  ///< of the document, 1970-01-01 or later
  std::optional<Sha256Hash> digest;           ///< of the document's bytes

  friend bool operator==(const DocumentClaims&, const DocumentClaims&) = default;
};

/// The claims of a code (docs/city-code.md 2).
struct CodeClaims {
  CityId subject;
  Purpose purpose = Purpose::kCity;
  KeyHint kid;
  std::uint32_t serial = 0;                ///< counts up for each key, never used twice
  std::chrono::sys_seconds issued_at{};    ///< 0 to 2^32 - 1 seconds since 1970
  std::uint16_t days = 0;                  ///< of validity after `issued_at`; 0: no end
  std::optional<DocumentClaims> document;  ///< exactly for `Purpose::kDocument`

  /// The first second in which the code is no longer valid.
  std::optional<std::chrono::sys_seconds> expires_at() const;

  friend bool operator==(const CodeClaims&, const CodeClaims&) = default;
};

/// Claims with a signature that has not been verified: whatever a code says of itself.
struct ClaimedCode {
  CodeClaims claims;
  Signature signature;

  friend bool operator==(const ClaimedCode&, const ClaimedCode&) = default;
};

/// One deterministic CBOR map (docs/city-code.md 2.1), and back. Errors: kMalformed.
Bytes WriteDocumentClaims(const DocumentClaims& document);
Result<DocumentClaims> ParseDocumentClaims(ByteView item);

/// Checks that claims can be written: ranges, lengths, a document exactly where there should be
/// one. Errors: kUsage.
Result<void> CheckClaims(const CodeClaims& claims);

/// Signs. `claims.kid` must be the hint of `key`. Errors: kUsage as `CheckClaims`.
Result<ClaimedCode> SealCode(const CodeClaims& claims, const SecretKey& key);

/// True if `code` was signed by `key`. Thread-safe.
bool VerifySeal(const ClaimedCode& code, const PublicKey& key);

/// The COSE_Sign1 bytes (docs/city-code.md 3).
Bytes WriteCose(const ClaimedCode& code);

/// Reads COSE_Sign1 bytes: only the one form that `WriteCose` writes. Nothing is verified.
/// Errors: kMalformed; kUnsupported for another profile, algorithm or purpose.
Result<ClaimedCode> ParseCose(ByteView bytes);

/// The compact token as decimal digits (docs/city-code.md 4).
std::string WriteToken(const ClaimedCode& code);

/// Reads the digits of a token for the identifier that stood before them. Nothing is verified.
/// Errors: kMalformed; kUnsupported for another profile or purpose.
Result<ClaimedCode> ParseToken(const CityId& subject, std::string_view digits);

/// The longest token: the fixed part and 256 bytes of document claims.
inline constexpr std::size_t kMaxTokenDigits = (79 + 256 + 6) / 7 * 17;

/// A code as the URL carries it: `https://<host>/<ID>/<digits>`.
struct CodeUrl {
  std::string host;
  ClaimedCode code;
};

/// Errors: kUsage if `host` is no host name.
Result<std::string> WriteCodeUrl(const std::string& host, const ClaimedCode& code);

/// Matches byte for byte: canonical identifier, no percent-encoding, port, userinfo, query or
/// fragment. Nothing is verified. Errors: kMalformed, kUnsupported.
Result<CodeUrl> ParseCodeUrl(std::string_view url);

/// What a scanner read, in either carrier; the host is absent for raw COSE bytes.
struct ScannedCode {
  std::optional<std::string> host;
  ClaimedCode code;
};

/// A URL or raw COSE bytes. Nothing is verified. Errors: kMalformed, kUnsupported.
Result<ScannedCode> ParseScanned(ByteView content);

/// True for a host name in lower case without a trailing dot: labels of letters, digits and inner
/// hyphens (RFC 1123 2.1), at most 253 characters.
bool IsHostName(std::string_view text);

}  // namespace cityid

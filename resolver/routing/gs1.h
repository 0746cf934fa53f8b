// Locations in GS1's syntax: GLN and extension, as paths of a GS1 Digital Link (URI Syntax 1.4 and
// later) and as EPC binary strings in one (Compression for EPC binary strings 1.0, Tag Data
// Standard 2.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/result.h"

namespace cityid {

/// A global location number, with or without an extension.
struct Gs1Location {
  std::string gln;                       ///< 13 digits, the last of which is the right check digit
  std::optional<std::string> extension;  ///< AI 254: 1 to 20 characters of GS1's set 82

  /// Returns "/414/<gln>" or "/414/<gln>/254/<extension>", percent-encoded.
  std::string path() const;
};

/// Parses what follows "/414/" in a path, still percent-encoded: "<gln>" or
/// "<gln>/254/<extension>". One slash at the end is ignored. Errors: kMalformed for a wrong length
/// or check digit, a qualifier that a GLN doesn't have, and attributes.
Result<Gs1Location> ParseGs1Path(std::string_view path);

/// The alphabet of an EPC binary string in a path.
enum class EpcAlphabet { kHex, kBase64 };

/// Decodes an EPC binary string of the schemes SGLN-96, SGLN-195, SGLN+ and SGLN++, without its
/// "eh" (lower-case hexadecimal) or "ex" (base 64 for URLs). Ignores the filter value, and what may
/// follow the extension in SGLN+ and SGLN++. Errors: kMalformed if it is cut short or has values
/// that the scheme doesn't have, kNotFound for the other schemes.
Result<Gs1Location> DecodeEpc(std::string_view text, EpcAlphabet alphabet);

}  // namespace cityid

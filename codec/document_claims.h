// What a document code says about its document (docs/city-code.md 2.1).
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/sha256.h"

namespace cityid {

/// One line of a document, to be compared with it: "Valid for", "2 cars".
struct DocumentFact {
  std::string label;  ///< 1 to 64 bytes of UTF-8, another one for each fact of a code
  std::string value;  ///< 1 to 192 bytes of UTF-8

  friend bool operator==(const DocumentFact&, const DocumentFact&) = default;
};

inline constexpr std::size_t kMaxDocumentText = 64;  ///< bytes of a type, number or label
inline constexpr std::size_t kMaxFactValue = 192;    ///< bytes
inline constexpr std::size_t kMaxFacts = 8;
inline constexpr std::size_t kMaxFactBytes = 256;  ///< of all labels and values of a code

/// What a document code says about its document. Whoever scans the code reads it: personal data
/// belongs in here only if the office means everybody to read it.
struct DocumentClaims {
  std::string type;                           ///< 1 to 64 bytes of UTF-8, "permit"
  std::string number;                         ///< 1 to 64 bytes of UTF-8
  std::optional<std::chrono::sys_days> date;  ///< of the document, 1970-01-01 or later
  std::optional<Sha256Hash> digest;           ///< of the document's bytes
  std::vector<DocumentFact> facts = {};       ///< in the order in which the office wrote them

  friend bool operator==(const DocumentClaims&, const DocumentClaims&) = default;
};

/// The most bytes that `WriteDocumentClaims` writes: a type and a number of 64 bytes, a date, a
/// digest, and facts of 256 bytes.
inline constexpr std::size_t kMaxDocumentClaims = 468;

/// Writes one deterministic CBOR map (docs/city-code.md 2.1).
Bytes WriteDocumentClaims(const DocumentClaims& document);
/// Parses what `WriteDocumentClaims` writes. Errors: kMalformed.
Result<DocumentClaims> ParseDocumentClaims(ByteView item);

/// Checks that an office may sign this: ranges and lengths, and that people see all of each text
/// (codec/record_text.h). Errors: kUsage.
Result<void> CheckDocumentClaims(const DocumentClaims& document);

}  // namespace cityid

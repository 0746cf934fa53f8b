// The table of facts: what a code says, as JSON, text and pages tell it. Its rows are in the order
// in which people read them: a document first, to be compared with the paper that carries the code.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/city_code.h"
#include "resolver/answer/json_text.h"
#include "resolver/answer/verdict.h"

namespace cityid {

/// What the value of a fact is. In JSON a number is a number, and everything else is a text.
enum class FactKind : std::uint8_t {
  kText,        ///< that somebody wrote
  kPurpose,     ///< the name of a `Purpose`
  kIdentifier,  ///< a `CityId`
  kTime,        ///< RFC 3339, in UTC
  kDate,        ///< RFC 3339
  kNumber,
  kHash,  ///< hexadecimal
};

/// One row. A new fact is a row; everything that tells facts has it then.
struct Fact {
  std::string_view member;  ///< of the JSON object `code`, or of `document` in it
  bool of_document;
  FactKind kind;
  bool for_people;                                ///< false: only programs are told
  std::array<std::string_view, kLanguages> name;  ///< for people; safe in HTML
  /// What stands for a value that is absent; empty: then there is nothing to tell.
  std::array<std::string_view, kLanguages> absent;
  /// Returns the value as text. `signed_by`: null for a code that wasn't verified.
  std::optional<std::string> (*value)(const CodeClaims& claims, const CityId* signed_by);
};

/// Returns all rows.
std::span<const Fact> FactTable();

/// Writes the facts of a code as members of the object that is open.
void PutFacts(JsonText& json, const CodeClaims& claims, const CityId* signed_by);

}  // namespace cityid

// The table of facts: what a code says, as JSON, text and pages tell it. Its rows are in the order
// in which people read them: a document first, to be compared with the paper that carries the code.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "codec/city_code.h"
#include "resolver/answer/json_text.h"
#include "resolver/answer/verdict.h"

namespace cityid {

/// What a fact says: nothing, or one of these. Views point into the claims.
using FactValue = std::variant<std::monostate, std::string_view, Purpose, const CityId*,
                               std::chrono::sys_seconds, std::chrono::sys_days, std::uint64_t,
                               ByteView, std::span<const DocumentFact>>;

/// What the value of a fact is: the place of its type in `FactValue`.
enum class FactKind : std::uint8_t {
  kText = 1,    ///< that somebody wrote
  kPurpose,     ///< in JSON its name
  kIdentifier,  ///< in JSON a text
  kTime,        ///< in JSON by RFC 3339, in UTC
  kDate,        ///< in JSON by RFC 3339
  kNumber,
  kHash,      ///< in JSON hexadecimal
  kLabelled,  ///< texts with labels that somebody wrote; in JSON objects with `label` and `value`
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
  /// Returns the value, of `kind` or nothing. `signed_by`: null for a code that wasn't verified.
  FactValue (*value)(const CodeClaims& claims, const CityId* signed_by);
};

/// Returns all rows.
std::span<const Fact> FactTable();

/// Writes the facts of a code as members of the object that is open.
void PutFacts(JsonText& json, const CodeClaims& claims, const CityId* signed_by);

}  // namespace cityid

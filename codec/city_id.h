// Identifiers of cities and of what belongs to them, and the prefixes above them
// (docs/identifier.md).
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"

namespace cityid {

/// A full identifier: issuing agency code, country (ISO 3166-1 numeric), 1 to 8 nodes, joined by
/// '.'; `MA.156.1301` is Shijiazhuang. At most 64 characters, upper case, always canonical.
class CityId {
 public:
  static constexpr std::size_t kMaxLength = 64;
  static constexpr std::size_t kMaxNodes = 8;

  /// Parses the canonical form, which codes and records must have. Errors: kMalformed, naming the
  /// node that is wrong.
  static Result<CityId> Parse(std::string_view text);

  /// Parses what a person types: either case, and optionally `-` and two check characters
  /// (`ma.156.1301-XX`), which must then be right. Errors: kMalformed.
  static Result<CityId> ParseTyped(std::string_view text);

  /// Returns suggestions for an identifier that was typed with wrong check characters: the
  /// identifier without them, and every identifier that the check characters fit and that differs
  /// in one character or in the order of two neighbours. Returns none for any other input.
  static std::vector<CityId> Corrections(std::string_view text);

  const std::string& text() const { return text_; }

  /// Returns the number of nodes after the country, 1 to 8.
  std::size_t depth() const;

  /// Returns the identifier one level up; nothing at depth 1, where only a prefix is above.
  std::optional<CityId> Parent() const;

  /// Returns the two check characters of ISO/IEC 7064 MOD 1271-36 over all components, agency and
  /// country included. Each component is preceded by its length, so that a moved dot is noticed.
  std::string CheckCharacters() const;

  friend auto operator<=>(const CityId&, const CityId&) = default;

 private:
  explicit CityId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A name space that can be delegated: agency, country and 0 to 8 nodes (`MA.156`).
class Prefix {
 public:
  /// Parses the canonical form. Errors: kMalformed.
  static Result<Prefix> Parse(std::string_view text);

  /// Makes the prefix that covers an identifier and everything below it.
  explicit Prefix(const CityId& id) : text_(id.text()) {}

  const std::string& text() const { return text_; }

  /// Returns the prefix one node shorter; nothing for a country.
  std::optional<Prefix> Parent() const;

  /// Returns true for an identifier at or below this prefix. Whole nodes are compared: `MA.156.13`
  /// does not cover `MA.156.1301`.
  bool Covers(const CityId& id) const { return Covers(Prefix(id)); }
  /// Returns true for a prefix at or below this one.
  bool Covers(const Prefix& other) const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  explicit Prefix(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Returns the ISO/IEC 7064 MOD 1271-36 check characters of a text of 0-9A-Z: "ISO79" -> "3W".
std::string Mod1271_36(std::string_view text);

}  // namespace cityid

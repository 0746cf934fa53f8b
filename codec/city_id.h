// Identifiers of cities, of what belongs to them, and of the name spaces above
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

  /// Accepts the canonical form only, as codes and records must have it.
  /// Errors: kMalformed, with the node that is wrong.
  static Result<CityId> Parse(std::string_view text);

  /// Accepts what a person types: either case, and optionally `-` and two check characters
  /// (`ma.156.1301-XX`), which must then be right. Errors: kMalformed.
  static Result<CityId> ParseTyped(std::string_view text);

  /// For an identifier that was typed with check characters which are wrong: itself without them,
  /// and every identifier that differs in one character, or in two neighbours that changed places,
  /// and that they fit. Usually one or two, and none for other input.
  static std::vector<CityId> Corrections(std::string_view text);

  const std::string& text() const { return text_; }

  /// Number of nodes after the country, 1 to 8.
  std::size_t depth() const;

  /// The identifier one level up; nothing for an identifier of depth 1, which only a prefix is
  /// above.
  std::optional<CityId> Parent() const;

  /// The two check characters of ISO/IEC 7064 MOD 1271-36 over every component, agency and country
  /// included, each prefixed by its length in base 36 so that a moved dot is caught.
  std::string CheckCharacters() const;

  friend auto operator<=>(const CityId&, const CityId&) = default;

 private:
  explicit CityId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A name space that can be delegated: agency, country and 0 to 8 nodes (`MA.156`).
class Prefix {
 public:
  /// Errors: kMalformed.
  static Result<Prefix> Parse(std::string_view text);

  /// The prefix that covers exactly an identifier and everything below it.
  explicit Prefix(const CityId& id) : text_(id.text()) {}

  const std::string& text() const { return text_; }

  /// The prefix one node shorter; nothing for a country.
  std::optional<Prefix> Parent() const;

  /// True for an identifier at or below this prefix, by whole nodes: `MA.156.13` does not cover
  /// `MA.156.1301`.
  bool Covers(const CityId& id) const { return Covers(Prefix(id)); }
  /// The same for a prefix at or below this one.
  bool Covers(const Prefix& other) const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  explicit Prefix(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// ISO/IEC 7064 MOD 1271-36 check characters of `text` (of 0-9A-Z only): "ISO79" -> "3W".
std::string Mod1271_36(std::string_view text);

}  // namespace cityid

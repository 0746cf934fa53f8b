#include "codec/record_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "codec/shown_text.h"
#include "codec/unicode_tables.h"

namespace cityid {
namespace {

constexpr std::uint8_t kAbsent = 0, kCommon = 1, kInherited = 2, kFirstScript = 3;
constexpr std::uint8_t kLetter = 1, kNonspacing = 2, kCombining = 4, kVirama = 8, kJoinsAfter = 16,
                       kJoinsBefore = 32, kTransparent = 64, kVowel = 128;

/// The first code point of each run of a table, to search in.
template <std::size_t N>
constexpr std::array<std::uint32_t, N> Starts(const std::uint32_t (&runs)[N]) {
  std::array<std::uint32_t, N> starts{};
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < N; ++i) {
    starts[i] = at;
    at += runs[i] >> 8;
  }
  return starts;
}
constexpr auto kScriptStarts = Starts(unicode::kScriptRuns);
constexpr auto kShapeStarts = Starts(unicode::kShapeRuns);

template <std::size_t N>
std::uint8_t Find(const std::uint32_t (&runs)[N], const std::array<std::uint32_t, N>& starts,
                  char32_t c) {
  const auto after = std::ranges::upper_bound(starts, std::uint32_t{c});
  return static_cast<std::uint8_t>(runs[after - starts.begin() - 1] & 0xFF);
}

/// A set of scripts and writing systems, by number.
struct ScriptSet {
  std::array<std::uint64_t, 3> bits{};

  constexpr void Add(std::uint8_t script) { bits[script / 64] |= std::uint64_t{1} << script % 64; }
  constexpr bool Has(std::uint8_t script) const { return bits[script / 64] >> script % 64 & 1; }
  constexpr bool IsEmpty() const { return (bits[0] | bits[1] | bits[2]) == 0; }
  constexpr void KeepThoseOf(const ScriptSet& other) {
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] &= other.bits[i];
  }
};

constexpr std::array<ScriptSet, unicode::kScriptSetCount> kSets = [] {
  std::array<ScriptSet, unicode::kScriptSetCount> sets;
  const std::uint8_t* next = unicode::kScriptSets;
  for (ScriptSet& set : sets) {
    for (std::uint8_t left = *next++; left > 0; --left) set.Add(*next++);
  }
  return sets;
}();

/// A code point with what the tables say of it.
struct Character {
  char32_t point;
  std::uint8_t script;  ///< value of `kScriptRuns`

  explicit Character(char32_t c)
      : point(c), script(Find(unicode::kScriptRuns, kScriptStarts, c)) {}

  /// Returns true if the value of `kShapeRuns` has one of these. Few texts need it.
  bool Is(std::uint8_t shapes) const {
    return (Find(unicode::kShapeRuns, kShapeStarts, point) & shapes) != 0;
  }
  bool IsJoiner() const { return point == 0x200C || point == 0x200D; }
  bool IsMongolianSelector() const { return point >= 0x180B && point <= 0x180F; }
  bool GoesWithAllScripts() const { return script < kFirstScript || IsMongolianSelector(); }
  ScriptSet Scripts() const {
    const int number = script - kFirstScript;
    if (number >= unicode::kScripts)
      return kSets[static_cast<std::size_t>(number - unicode::kScripts)];
    ScriptSet one;
    one.Add(static_cast<std::uint8_t>(number));
    return one;
  }
};

using Characters = std::span<const Character>;

/// Returns true for a space, and for what looks like one.
bool IsBlank(char32_t c) {
  constexpr auto kBlanks =
      std::to_array<char32_t>({0x20, 0xA0, 0x1680, 0x202F, 0x205F, 0x2800, 0x3000, 0xFFFC, 0x13441,
                               0x13442, 0x16FE4, 0x1D159});
  return (c >= 0x2000 && c <= 0x200A) || std::ranges::binary_search(kBlanks, c);
}

/// Returns true if a letter, a virama, and perhaps nonspacing marks end just before `at`.
bool EndsInConjunct(Characters text, std::size_t at) {
  for (std::size_t i = at; i-- > 0;) {
    if (text[i].Is(kVirama)) {
      std::size_t letter = i;
      while (letter > 0 && text[letter - 1].Is(kNonspacing)) --letter;
      if (letter > 0 && text[letter - 1].Is(kLetter)) return true;
    }
    if (!text[i].Is(kCombining)) return false;
  }
  return false;
}

/// Returns true if ZWNJ at `at` parts two letters that would join (UAX 31, A1).
bool PartsJoinedLetters(Characters text, std::size_t at) {
  std::size_t before = at;
  while (before > 0 && text[before - 1].Is(kTransparent)) --before;
  std::size_t after = at + 1;
  while (after < text.size() && text[after].Is(kTransparent)) ++after;
  return before > 0 && text[before - 1].Is(kJoinsAfter) && after < text.size() &&
         text[after].Is(kJoinsBefore);
}

/// Returns true if ZWJ or ZWNJ stands where its script needs it (UAX 31, A1, A2 and B).
bool IsJoinerInPlace(Characters text, std::size_t at) {
  if (text[at].point == 0x200D)
    return EndsInConjunct(text, at) && (at + 1 == text.size() || !text[at + 1].Is(kVowel));
  if (PartsJoinedLetters(text, at)) return true;
  std::size_t after = at + 1;
  while (after < text.size() && text[after].Is(kCombining)) ++after;
  return EndsInConjunct(text, at) && after < text.size() && text[after].Is(kLetter);
}

/// Returns true for a selector of Mongolian letters just after one.
bool IsSelectorInPlace(Characters text, std::size_t at) {
  if (at == 0 || text[at - 1].GoesWithAllScripts() || !text[at - 1].Is(kLetter)) return false;
  return text[at - 1].Scripts().Has(unicode::kMongolian);
}

Error RefusedText(char32_t c, const char* why) {
  std::array<char, 16> point{};
  std::snprintf(point.data(), point.size(), "U+%04X ", static_cast<unsigned>(c));
  return Error{Errc::kRefused, point.data() + std::string(why)};
}

Result<void> CheckCharacters(Characters text) {
  bool visible = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Character& c = text[i];
    if (c.IsJoiner()) {
      if (!IsJoinerInPlace(text, i))
        return RefusedText(c.point, "can't be seen, and stands where no script needs it");
    } else if (c.IsMongolianSelector()) {
      if (!IsSelectorInPlace(text, i))
        return RefusedText(c.point, "can't be seen, and selects no form of a Mongolian letter");
    } else if (c.script == kAbsent) {
      return RefusedText(c.point, "can't be seen, or is no character");
    } else {
      visible |= !IsBlank(c.point) && c.script != kInherited;
    }
  }
  if (!visible) return Error{Errc::kRefused, "there is nothing to see in it"};
  return {};
}

/// Checks that the characters are of one script, or of Latin and one of three writing systems
/// (UTS 39 5.2, Highly Restrictive). Those of all scripts go with any.
Result<void> CheckScripts(Characters text) {
  constexpr std::array<std::uint8_t, 3> kWithLatin = {unicode::kJapanese, unicode::kHanWithBopomofo,
                                                      unicode::kKorean};
  ScriptSet common{{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}}};
  std::array<bool, kWithLatin.size()> covered = {true, true, true};
  for (const Character& c : text) {
    if (c.GoesWithAllScripts()) continue;
    const ScriptSet scripts = c.Scripts();
    common.KeepThoseOf(scripts);
    for (std::size_t i = 0; i < covered.size(); ++i)
      covered[i] &= scripts.Has(unicode::kLatin) || scripts.Has(kWithLatin[i]);
    if (common.IsEmpty() && std::ranges::none_of(covered, [](bool all) { return all; }))
      return RefusedText(c.point, "is of another script than what is before it");
  }
  return {};
}

Result<void> CheckScriptsOfWords(Characters text) {
  const auto parts_words = [](const Character& c) { return c.script == kCommon; };
  while (!text.empty()) {
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if(text, parts_words) - text.begin());
    if (const auto word = CheckScripts(text.first(end)); !word) return word;
    text = text.subspan(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

Result<void> CheckRecordText(std::string_view text, TextKind kind) {
  std::vector<Character> characters;
  if (!ForEachCodePoint(text, [&](char32_t c) { characters.emplace_back(c); }))
    return Error{Errc::kRefused, "it is not UTF-8"};
  if (const auto checked = CheckCharacters(characters); !checked) return checked;
  return kind == TextKind::kName ? CheckScripts(characters) : CheckScriptsOfWords(characters);
}

}  // namespace cityid

#include "codec/record_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/shown_text.h"
#include "codec/unicode_tables.h"

namespace cityid {
namespace {

constexpr std::uint8_t kAbsent = 0, kCommon = 1, kInherited = 2, kFirstScript = 3;
constexpr std::uint16_t kLetter = 1, kNonspacing = 2, kCombining = 4, kVirama = 8, kJoinsAfter = 16,
                        kJoinsBefore = 32, kTransparent = 64, kVowel = 128, kMark = 256,
                        kAbove = 512, kSoftDotted = 1024;
constexpr int kMarksInARow = 4;

/// The first code point of each run of a table, to search in.
template <std::size_t N>
constexpr std::array<std::uint32_t, N> Starts(const std::uint32_t (&runs)[N]) {
  std::array<std::uint32_t, N> starts{};
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < N; ++i) {
    starts[i] = at;
    at += runs[i] >> 12;
  }
  return starts;
}
constexpr auto kScriptStarts = Starts(unicode::kScriptRuns);
constexpr auto kShapeStarts = Starts(unicode::kShapeRuns);
constexpr auto kMarksWithinStarts = Starts(unicode::kMarksWithinRuns);

template <std::size_t N>
std::uint16_t Find(const std::uint32_t (&runs)[N], const std::array<std::uint32_t, N>& starts,
                   char32_t c) {
  const auto after = std::ranges::upper_bound(starts, std::uint32_t{c});
  return static_cast<std::uint16_t>(runs[after - starts.begin() - 1] & 0xFFF);
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

/// The lists of marks in decompositions, by the values of `kMarksWithinRuns`. The first is empty.
constexpr std::array<std::span<const std::uint32_t>, unicode::kMarkListCount + 1> kMarkLists = [] {
  std::array<std::span<const std::uint32_t>, unicode::kMarkListCount + 1> lists;
  std::size_t at = 0;
  for (std::size_t i = 1; i < lists.size(); ++i) {
    const std::uint32_t size = unicode::kMarkLists[at];
    lists[i] = std::span(unicode::kMarkLists).subspan(at + 1, size);
    at += size + 1;
  }
  return lists;
}();

/// A code point with what the tables say of it.
struct Character {
  char32_t point;
  std::uint16_t script;  ///< value of `kScriptRuns`

  explicit Character(char32_t c) : point(c), script(Find(unicode::kScriptRuns, kScriptStarts, c)) {}

  /// Returns true if the value of `kShapeRuns` has one of these. Few texts need it.
  bool Is(std::uint16_t shapes) const {
    return (Find(unicode::kShapeRuns, kShapeStarts, point) & shapes) != 0;
  }
  /// The marks in its canonical decomposition.
  std::span<const std::uint32_t> MarksWithin() const {
    return kMarkLists[Find(unicode::kMarksWithinRuns, kMarksWithinStarts, point)];
  }
  bool IsJoiner() const { return point == 0x200C || point == 0x200D; }
  bool IsMongolianSelector() const { return point >= 0x180B && point <= 0x180F; }
  bool IsSpace() const { return point == 0x20 || point == 0x202F; }
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

/// Returns true if ZWJ at `at` keeps ra and a virama from a form that ra has else (the Unicode
/// Standard, 12.2 and 12.8).
bool KeepsRaWhole(Characters text, std::size_t at) {
  struct Spelling {
    char32_t ra, virama, first, last;  ///< the letters after it, from first to last
  };
  constexpr Spelling kBengali{0x09B0, 0x09CD, 0x09AF, 0x09AF},
      kKannada{0x0CB0, 0x0CCD, 0x0C95, 0x0CB9};
  if (at == 0 || at + 2 >= text.size()) return false;
  return std::ranges::any_of(std::array{kBengali, kKannada}, [&](const Spelling& it) {
    const char32_t after = text[at + 2].point;
    return text[at - 1].point == it.ra && text[at + 1].point == it.virama && after >= it.first &&
           after <= it.last;
  });
}

/// Returns true if ZWJ or ZWNJ stands where its script needs it.
bool IsJoinerInPlace(Characters text, std::size_t at) {
  if (text[at].point == 0x200D && KeepsRaWhole(text, at)) return true;
  if (text[at].point == 0x200D)
    return EndsInConjunct(text, at) && (at + 1 == text.size() || !text[at + 1].Is(kVowel));
  if (PartsJoinedLetters(text, at)) return true;
  std::size_t after = at + 1;
  while (after < text.size() && text[after].Is(kCombining)) ++after;
  return EndsInConjunct(text, at) && after < text.size() && text[after].Is(kLetter);
}

/// Returns true for a letter of Mongolian.
bool IsMongolianLetter(const Character& c) {
  return !c.GoesWithAllScripts() && c.Is(kLetter) && c.Scripts().Has(unicode::kMongolian);
}

/// Returns true for a space between words, and for that of Mongolian between its letters.
bool IsSpaceInPlace(Characters text, std::size_t at) {
  if (at == 0 || at + 1 == text.size()) return false;
  if (text[at].point == ' ') return text[at + 1].point != ' ';
  std::size_t before = at;
  while (before > 0 && text[before - 1].IsMongolianSelector()) --before;
  return before > 0 && IsMongolianLetter(text[before - 1]) && IsMongolianLetter(text[at + 1]);
}

/// Returns true if the dot above at `at` is on a letter that has one, or whose dot was taken.
bool IsDotOfItsLetter(Characters text, std::size_t at) {
  while (at > 0 && text[at - 1].Is(kMark) && !text[at - 1].Is(kAbove)) --at;
  return at > 0 && (text[at - 1].Is(kSoftDotted) || text[at - 1].point == 0x131 ||
                    text[at - 1].point == 0x237);
}

Error RefusedText(char32_t c, const char* why) {
  std::array<char, 16> point{};
  std::snprintf(point.data(), point.size(), "U+%04X ", static_cast<unsigned>(c));
  return Error{Errc::kRefused, point.data() + std::string(why)};
}

/// The marks of one run, decomposed, from those within the letter under them on.
class RunOfMarks {
 public:
  explicit RunOfMarks(const Character& base) {
    for (const char32_t mark : base.MarksWithin()) (void)Add(mark);
  }
  /// Adds a mark with those within it. Errors: kRefused if one is there already, or too many are.
  Result<void> Add(const Character& mark) {
    const auto within = mark.MarksWithin();
    for (const char32_t part : within) {
      if (const auto added = Add(part); !added) return added;
    }
    return within.empty() ? Add(mark.point) : Result<void>{};
  }

 private:
  Result<void> Add(char32_t mark) {
    if (std::ranges::find(marks_, mark) != marks_.end())
      return RefusedText(mark, "is a mark that stands there already");
    marks_.push_back(mark);
    nonspacing_ = Character(mark).Is(kNonspacing) ? nonspacing_ + 1 : 0;
    if (nonspacing_ > kMarksInARow) return RefusedText(mark, "is the fifth mark in a row");
    return {};
  }

  std::vector<char32_t> marks_;
  int nonspacing_ = 0;
};

/// Checks that marks stand on something, and can be told from others that stand there.
Result<void> CheckMarks(Characters text) {
  std::optional<RunOfMarks> run;
  const Character* base = nullptr;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Character& c = text[i];
    if (c.IsJoiner() || c.IsMongolianSelector()) continue;
    if (!c.Is(kMark)) {
      run.reset();
      base = &c;
      continue;
    }
    if (base == nullptr || base->IsSpace()) return RefusedText(c.point, "is a mark on nothing");
    if (!run) run.emplace(*base);
    if (const auto added = run->Add(c); !added) return added;
    if (c.point == 0x307 && IsDotOfItsLetter(text, i))
      return RefusedText(c.point, "is a dot that the letter has without it");
  }
  return {};
}

Result<void> CheckCharacters(Characters text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Character& c = text[i];
    if (c.IsJoiner()) {
      if (!IsJoinerInPlace(text, i))
        return RefusedText(c.point, "can't be seen, and stands where no script needs it");
    } else if (c.IsMongolianSelector()) {
      if (i == 0 || !IsMongolianLetter(text[i - 1]))
        return RefusedText(c.point, "can't be seen, and selects no form of a Mongolian letter");
    } else if (c.script == kAbsent) {
      return RefusedText(c.point, "can't be seen, is no character, or is another form of one");
    } else if (c.IsSpace() && !IsSpaceInPlace(text, i)) {
      return RefusedText(c.point, "is a space that parts no words");
    }
  }
  if (text.empty()) return Error{Errc::kRefused, "there is nothing to see in it"};
  return CheckMarks(text);
}

/// Checks that the characters are of one script, or of Latin and one of `with_latin` (UTS 39 5.2).
/// Those of all scripts go with any.
Result<void> CheckScripts(Characters text, std::span<const std::uint8_t> with_latin) {
  ScriptSet common{{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}}};
  ScriptSet beside;  // those of `with_latin` that cover with Latin what was read
  for (const std::uint8_t script : with_latin) beside.Add(script);
  for (const Character& c : text) {
    if (c.GoesWithAllScripts()) continue;
    const ScriptSet scripts = c.Scripts();
    common.KeepThoseOf(scripts);
    if (!scripts.Has(unicode::kLatin)) beside.KeepThoseOf(scripts);
    if (common.IsEmpty() && beside.IsEmpty())
      return RefusedText(c.point, "is of another script than what is before it");
  }
  return {};
}

Result<void> CheckScriptsOfWords(Characters text) {
  const auto parts_words = [](const Character& c) { return c.script == kCommon; };
  while (!text.empty()) {
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if(text, parts_words) - text.begin());
    if (const auto word = CheckScripts(text.first(end), unicode::kWithinLatinWords); !word)
      return word;
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
  if (const auto words = CheckScriptsOfWords(characters); !words) return words;
  if (kind == TextKind::kWords) return {};
  return CheckScripts(characters, unicode::kBesideLatinWords);
}

}  // namespace cityid

#include "ledger/terms/folding.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "codec/text.h"

// The file as it is in the source tree, placed into read-only memory by the assembler.
__asm__(
    ".section .rodata\n"
    ".global cityid_han_begin\n"
    ".global cityid_han_end\n"
    "cityid_han_begin:\n"
    ".incbin \"" CITYID_HAN_TABLES
    "\"\n"
    "cityid_han_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const char cityid_han_begin[];
extern "C" const char cityid_han_end[];

namespace cityid {
namespace {

using Character = utf8proc_int32_t;

constexpr int kFoldingVersion = 2;  // grows when a rule of this file or a table changes
constexpr std::size_t kMostPinyin = 16;
constexpr std::size_t kMostReadCharacters = 8;

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

struct Range {
  Character first, last;
  bool Has(Character c) const { return c >= first && c <= last; }
};

/// Returns true for scripts without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, Kana,
/// Han.
bool IsWrittenWithoutSpaces(Character c) {
  constexpr auto kRanges = std::to_array<Range>({{0x0E00, 0x0EFF},
                                                 {0x0F00, 0x109F},
                                                 {0x1780, 0x17FF},
                                                 {0x2E80, 0x2FDF},
                                                 {0x3040, 0x30FF},
                                                 {0x3400, 0x9FFF},
                                                 {0xF900, 0xFAFF},
                                                 {0x20000, 0x3FFFF}});
  return std::ranges::any_of(kRanges, [&](Range r) { return r.Has(c); });
}

bool IsHan(Character c) {
  return Range{0x3400, 0x9FFF}.Has(c) || Range{0xF900, 0xFAFF}.Has(c) ||
         Range{0x20000, 0x3FFFF}.Has(c);
}

/// Calls `visit(position, size, code point)` for each character of valid UTF-8.
template <class Visit>
void ForEachCharacter(std::string_view text, Visit visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    Character c = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    if (size <= 0) return;
    visit(at, static_cast<std::size_t>(size), c);
    at += static_cast<std::size_t>(size);
  }
}

/// Replaces, before anything else, what is a letter or nothing for Unicode but sets words apart:
/// the modifier letters that are written as apostrophes, and the Persian joint (ZWNJ).
Character BeforeFolding(Character c, void*) {
  if (Range{0x02B9, 0x02BF}.Has(c) || c == 0xA78B || c == 0xA78C || c == 0x200C) return ' ';
  return c;
}

struct Replacement {
  Character from;
  std::string_view to;
};

/// Letters that Unicode's decomposition leaves alone, in lower case, in order.
constexpr auto kLetters = std::to_array<Replacement>(
    {{0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"}, {0x00FE, "th"}, {0x0111, "d"},  {0x0127, "h"},
     {0x0131, "i"},  {0x0138, "k"}, {0x0142, "l"}, {0x014B, "n"},  {0x0153, "oe"}, {0x0167, "t"},
     {0x0180, "b"},  {0x0188, "c"}, {0x0192, "f"}, {0x0199, "k"},  {0x019A, "l"},  {0x019E, "n"},
     {0x01A5, "p"},  {0x01AD, "t"}, {0x01B4, "y"}, {0x01B6, "z"},  {0x01DD, "e"},  {0x01E5, "g"},
     {0x0237, "j"},  {0x023C, "c"}, {0x0247, "e"}, {0x0249, "j"},  {0x024D, "r"},  {0x024F, "y"},
     {0x0253, "b"},  {0x0254, "o"}, {0x0256, "d"}, {0x0257, "d"},  {0x0259, "e"},  {0x025B, "e"},
     {0x0260, "g"},  {0x0263, "g"}, {0x0268, "i"}, {0x0269, "i"},  {0x0272, "n"},  {0x0275, "o"},
     {0x0288, "t"},  {0x0289, "u"}, {0x028A, "u"}, {0x028B, "v"},  {0x0621, ""},   {0x0629, "ه"},
     {0x0640, ""},   {0x0649, "ي"}, {0x0671, "ا"}, {0x0674, ""},   {0x06A9, "ك"},  {0x06AA, "ك"},
     {0x06BA, "ن"},  {0x06BE, "ه"}, {0x06C1, "ه"}, {0x06C3, "ه"},  {0x06CC, "ي"},  {0x06D2, "ي"},
     {0x06D5, "ه"}});
static_assert(std::ranges::is_sorted(kLetters, {}, &Replacement::from));

/// The zeros of the decimal digits that decomposition leaves alone; nine more follow each.
constexpr auto kZeros = std::to_array<Character>(
    {0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
     0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810});

/// The parts of han_tables.txt, with an empty line between them.
enum class HanPart {
  kNotice,
  kVersion,  ///< of Unicode
  /// Groups of characters that are the same in a name, a blank or line feed after each group: the
  /// simplified one, and those that are replaced by it.
  kForms,
  /// A line for each syllable of pinyin without its tone: its letters, the characters whose usual
  /// reading it is, and those with another usual reading, with tabs between them. The characters
  /// stand for their group. A syllable with ü is there with `v` and with `u`.
  kReadings,
};

std::string_view PartOf(HanPart part) {
  std::string_view rest(cityid_han_begin,
                        static_cast<std::size_t>(cityid_han_end - cityid_han_begin));
  for (int before = static_cast<int>(part); before > 0; --before)
    rest.remove_prefix(rest.find("\n\n") + 2);
  return rest.substr(0, rest.find("\n\n"));
}

/// The Chinese characters that another one stands for, in order.
std::vector<Replacement> ReadForms() {
  std::vector<Replacement> forms;
  std::string_view kept;
  const std::string_view groups = PartOf(HanPart::kForms);
  ForEachCharacter(groups, [&](std::size_t at, std::size_t size, Character c) {
    if (c == ' ' || c == '\n') {
      kept = {};
    } else if (kept.empty()) {
      kept = groups.substr(at, size);
    } else {
      forms.push_back({c, kept});
    }
  });
  std::ranges::sort(forms, {}, &Replacement::from);
  return forms;
}

/// The readings of all characters in order, the usual one of each first.
std::vector<Replacement> ReadReadings() {
  std::vector<Replacement> readings;
  for (const bool usual : {true, false}) {
    for (std::string_view rest = PartOf(HanPart::kReadings); !rest.empty();) {
      std::string_view also = TakeUntil(rest, '\n');
      const std::string_view letters = TakeUntil(also, '\t');
      const std::string_view first = TakeUntil(also, '\t');
      ForEachCharacter(usual ? first : also, [&](std::size_t, std::size_t, Character c) {
        readings.push_back({c, letters});
      });
    }
  }
  std::ranges::stable_sort(readings, {}, &Replacement::from);
  return readings;
}

/// Returns the usual form of a character of decomposed text; nothing if it is its own.
const Replacement* FindForm(Character c) {
  static const std::vector<Replacement> kForms = ReadForms();
  const auto find = [c](const auto& table) -> const Replacement* {
    const auto found = std::ranges::lower_bound(table, c, {}, &Replacement::from);
    return found != table.end() && found->from == c ? &*found : nullptr;
  };
  if (c < 0x2E80) return find(kLetters);
  return find(kForms);
}

/// Appends a letter or digit in its usual form.
void AppendFolded(std::string& folded, Character c, std::string_view text) {
  constexpr Character kDigits = 10;
  for (const Character zero : kZeros) {
    if (Range{zero, zero + kDigits - 1}.Has(c)) {
      folded += static_cast<char>('0' + (c - zero));
      return;
    }
  }
  const Replacement* form = FindForm(c);
  folded += form ? form->to : text;
}

/// Appends the letter by which a mark over the last letter is spelled, if there is one.
void SpellMark(std::string& folded, Character mark) {
  constexpr Character kDiaeresis = 0x0308, kRing = 0x030A;
  if (folded.empty()) return;
  const char last = folded.back();
  if (mark == kDiaeresis && (last == 'a' || last == 'o' || last == 'u')) folded += 'e';
  if (mark == kRing && last == 'a') folded += 'a';
}

enum class Kind { kLetter, kMark, kOther };

Kind KindOf(Character c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return Kind::kLetter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return Kind::kMark;
    default:
      return Kind::kOther;
  }
}

}  // namespace

std::string FoldText(std::string_view text, Umlauts umlauts) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map_custom(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &mapped,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE),
      BeforeFolding, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, Free> owned(mapped);
  if (size < 0) return {};
  const std::string_view all(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  std::string folded;
  ForEachCharacter(all, [&](std::size_t at, std::size_t width, Character c) {
    constexpr Character kOSlash = 0x00F8;
    const Kind kind = KindOf(c);
    if (kind == Kind::kMark) {
      if (umlauts == Umlauts::kSpelled) SpellMark(folded, c);
    } else if (kind == Kind::kLetter) {
      AppendFolded(folded, c, all.substr(at, width));
      if (umlauts == Umlauts::kSpelled && c == kOSlash) folded += 'e';
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  });
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

std::string JoinWords(std::string_view folded) {
  std::string joined;
  std::ranges::copy_if(folded, std::back_inserter(joined), [](char c) { return c != ' '; });
  return joined;
}

std::vector<std::size_t> PlacesIn(std::string_view folded, std::size_t most) {
  std::vector<std::size_t> places;
  bool begins = true;
  ForEachCharacter(folded, [&](std::size_t at, std::size_t, Character c) {
    if (places.size() < most && (begins || IsWrittenWithoutSpaces(c)) && c != ' ')
      places.push_back(at);
    begins = c == ' ';
  });
  return places;
}

std::vector<std::string> PinyinOf(std::string_view folded) {
  static const std::vector<Replacement> kReadings = ReadReadings();
  std::size_t han = 0;
  std::vector<std::string> texts(1);
  ForEachCharacter(folded, [&](std::size_t at, std::size_t size, Character c) {
    auto readings = std::ranges::equal_range(kReadings, c, {}, &Replacement::from);
    const std::size_t count = std::max<std::size_t>(readings.size(), 1);
    han += IsHan(c);
    const bool all = han <= kMostReadCharacters && texts.size() * count <= kMostPinyin;
    const std::size_t before = texts.size();
    // The usual reading is appended to the texts in place, the others to copies of them.
    for (std::size_t reading = all ? count : 1; reading-- > 0;) {
      const std::string_view spelt = readings.empty()
                                         ? (c == ' ' ? "" : folded.substr(at, size))
                                         : readings[static_cast<std::ptrdiff_t>(reading)].to;
      for (std::size_t i = 0; i < before; ++i) {
        if (reading > 0) {
          texts.push_back(texts[i] + std::string(spelt));
        } else {
          texts[i] += spelt;
        }
      }
    }
  });
  if (han == 0) texts.clear();
  return texts;
}

std::string FoldingName() {
  return std::to_string(kFoldingVersion) + ", Unicode " + utf8proc_unicode_version() + ", Unihan " +
         std::string(PartOf(HanPart::kVersion));
}

}  // namespace cityid

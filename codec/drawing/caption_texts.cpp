#include "codec/drawing/caption_texts.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "codec/drawing/country_language.h"
#include "codec/shown_text.h"

namespace cityid {
namespace {

constexpr std::size_t kMostNames = 3;

// Writing systems as far as names have to be told apart. What the table below doesn't have are
// blocks of 128 code points each.
enum Script : char32_t {
  kNone,
  kChinese,
  kLatin,
  kArabic,
  kHangul,
  kCyrillic,
  kEthiopic,
  kGreek,
  kArmenian,
  kHebrew,
  kGeorgian,
  kMyanmar,
  kTibetan,
  kMongolian,
  kKhmer,
  kSyllabics,
  kBlocks
};

struct ScriptRange {
  char32_t first, last;
  Script script;
};

// The first that has a character counts.
constexpr ScriptRange kRanges[] = {
    {0x00, 0x40, kNone},
    {0x41, 0x5A, kLatin},
    {0x5B, 0x60, kNone},
    {0x61, 0x7A, kLatin},
    {0x7B, 0xA9, kNone},
    {0xAA, 0xAA, kLatin},
    {0xAB, 0xB9, kNone},
    {0xBA, 0xBA, kLatin},
    {0xBB, 0xBF, kNone},
    {0xC0, 0x24F, kLatin},
    {0x250, 0x2AF, kLatin},
    {0x2B0, 0x36F, kNone},
    {0x370, 0x3FF, kGreek},
    {0x400, 0x52F, kCyrillic},
    {0x530, 0x58F, kArmenian},
    {0x590, 0x5FF, kHebrew},
    {0x600, 0x6FF, kArabic},
    {0x750, 0x77F, kArabic},
    {0x870, 0x8FF, kArabic},
    {0xF00, 0xFFF, kTibetan},
    {0x1000, 0x109F, kMyanmar},
    {0x10A0, 0x10FF, kGeorgian},
    {0x115F, 0x1160, kNone},
    {0x1100, 0x11FF, kHangul},
    {0x1200, 0x139F, kEthiopic},
    {0x1400, 0x167F, kSyllabics},
    {0x1780, 0x17FF, kKhmer},
    {0x1800, 0x18AF, kMongolian},
    {0x18B0, 0x18FF, kSyllabics},
    {0x19E0, 0x19FF, kKhmer},
    {0x1AB0, 0x1AFF, kNone},
    {0x1C80, 0x1C8F, kCyrillic},
    {0x1C90, 0x1CBF, kGeorgian},
    {0x1DC0, 0x1DFF, kNone},
    {0x1E00, 0x1EFF, kLatin},
    {0x1F00, 0x1FFF, kGreek},
    {0x2000, 0x2BFF, kNone},
    {0x2C60, 0x2C7F, kLatin},
    {0x2D00, 0x2D2F, kGeorgian},
    {0x2D80, 0x2DDF, kEthiopic},
    {0x2DE0, 0x2DFF, kCyrillic},
    {0x2E00, 0x2E7F, kNone},
    // Japanese, too: kana stand beside the same characters.
    {0x2E80, 0x2FDF, kChinese},
    {0x2FE0, 0x3004, kNone},
    {0x3005, 0x3007, kChinese},
    {0x3008, 0x3020, kNone},
    {0x3021, 0x3029, kChinese},
    {0x302A, 0x3040, kNone},
    {0x3041, 0x3098, kChinese},
    {0x3099, 0x309C, kNone},
    {0x309D, 0x312F, kChinese},
    {0x3164, 0x3164, kNone},
    {0x3130, 0x318F, kHangul},
    {0x3190, 0x319F, kNone},
    {0x31A0, 0x31FF, kChinese},
    {0x3200, 0x33FF, kNone},
    {0x3400, 0x4DBF, kChinese},
    {0x4DC0, 0x4DFF, kNone},
    {0x4E00, 0x9FFF, kChinese},
    {0xA640, 0xA69F, kCyrillic},
    {0xA720, 0xA7FF, kLatin},
    {0xA960, 0xA97F, kHangul},
    {0xA9E0, 0xA9FF, kMyanmar},
    {0xAA60, 0xAA7F, kMyanmar},
    {0xAB00, 0xAB2F, kEthiopic},
    {0xAC00, 0xD7FF, kHangul},
    {0xE000, 0xF8FF, kNone},
    {0xF900, 0xFAFF, kChinese},
    {0xFB00, 0xFB06, kLatin},
    {0xFB13, 0xFB17, kArmenian},
    {0xFB1D, 0xFB4F, kHebrew},
    {0xFB50, 0xFDFF, kArabic},
    {0xFE00, 0xFE6F, kNone},
    {0xFE70, 0xFEFE, kArabic},
    {0xFEFF, 0xFF20, kNone},
    {0xFF21, 0xFF3A, kLatin},
    {0xFF3B, 0xFF40, kNone},
    {0xFF41, 0xFF5A, kLatin},
    {0xFF5B, 0xFF65, kNone},
    {0xFF66, 0xFF9F, kChinese},
    {0xFFA0, 0xFFA0, kNone},
    {0xFFA1, 0xFFDC, kHangul},
    {0xFFE0, 0xFFFF, kNone},
    {0x1F000, 0x1FAFF, kNone},
    {0x20000, 0x3FFFF, kChinese},
    {0xE0000, 0x10FFFF, kNone},
};

/// Returns the writing system of a character; `kNone` for what is no letter.
char32_t ScriptOf(char32_t c) {
  for (const ScriptRange& range : kRanges) {
    if (c >= range.first && c <= range.last) return range.script;
  }
  return kBlocks + c / 128;
}

/// Returns the writing system of a text's first letter.
char32_t ScriptOf(const std::string& text) {
  char32_t script = 0;
  ForEachCodePoint(text, [&script](char32_t c) {
    if (script == 0) script = ScriptOf(c);
  });
  return script;
}

/// How much a name is liked among those of its script.
enum class Liking { kOther, kWellKnown, kOwn };

struct Candidate {
  Liking liking = Liking::kOther;
  CaptionText name;
};

/// Returns the country of an identifier, `AGENCY.COUNTRY.NODE...`.
std::string_view CountryOf(const CityId& id) {
  const std::string_view text = id.text();
  return text.substr(text.find('.') + 1, 3);
}

}  // namespace

std::vector<CaptionText> NamesForCaption(const NameList& names, std::string_view country) {
  std::map<char32_t, Candidate> by_script;
  for (const auto& [language, name] : names) {
    const std::string text = CaptionTextOf(name);
    if (text.empty() || language.size() > kMaxLanguageTag || HasForbiddenCharacter(language))
      continue;
    const Liking liking = IsLanguageOf(language, country)        ? Liking::kOwn
                          : language == "en" || language == "zh" ? Liking::kWellKnown
                                                                 : Liking::kOther;
    Candidate& candidate = by_script[ScriptOf(text)];
    if (candidate.name.text.empty() || liking > candidate.liking)
      candidate = {liking, {CaptionRole::kName, language, text}};
  }
  // A text without letters is a name only if there is no other.
  if (by_script.size() > 1) by_script.erase(kNone);
  const bool latin = by_script.contains(kLatin);
  const bool chinese = by_script.contains(kChinese);
  // What most strangers can read, Latin and Chinese, has its place; the others get what is left.
  std::vector<char32_t> others;
  for (const auto& [script, candidate] : by_script) {
    if (script != kLatin && script != kChinese) others.push_back(script);
  }
  std::ranges::stable_sort(others, [&by_script](char32_t a, char32_t b) {
    const bool own_a = by_script[a].liking == Liking::kOwn;
    const bool own_b = by_script[b].liking == Liking::kOwn;
    return own_a != own_b ? own_a : a != kArabic && b == kArabic;
  });
  others.resize(std::min(others.size(), kMostNames - latin - chinese));
  std::vector<CaptionText> chosen;
  for (const char32_t script : others) {
    if (script != kArabic) chosen.push_back(by_script[script].name);
  }
  for (const char32_t script : {kChinese, kLatin, kArabic}) {
    if (script != kArabic ? by_script.contains(script) : std::ranges::count(others, script) > 0)
      chosen.push_back(by_script[script].name);
  }
  return chosen;
}

std::vector<CaptionText> CaptionOf(const CityId& id, const NameList& names,
                                   const std::string& host) {
  std::vector<CaptionText> caption;
  caption.push_back({CaptionRole::kIdentifier, "", id.text() + "-" + id.CheckCharacters()});
  std::ranges::move(NamesForCaption(names, CountryOf(id)), std::back_inserter(caption));
  caption.push_back({CaptionRole::kHost, "", host});
  return caption;
}

}  // namespace cityid

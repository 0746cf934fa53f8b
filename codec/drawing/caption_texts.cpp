#include "codec/drawing/caption_texts.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "codec/shown_text.h"

namespace cityid {
namespace {

constexpr std::size_t kMostNames = 3;

// Writing systems as far as names have to be told apart: these, and 128 code points each.
constexpr char32_t kChinese = 1, kLatin = 2, kArabic = 3, kOthers = 16;

bool Within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

/// Returns the writing system of a character; nothing for a digit, a mark or punctuation of ASCII.
char32_t ScriptOf(char32_t c) {
  if (c < 0x80) return Within(c | 0x20, 'a', 'z') ? kLatin : 0;
  if (Within(c, 0xC0, 0x24F) || Within(c, 0x1E00, 0x1EFF)) return kLatin;
  if (Within(c, 0x600, 0x77F) || Within(c, 0xFB50, 0xFDFF) || Within(c, 0xFE70, 0xFEFE))
    return kArabic;
  // Japanese, too: kana stand beside the same characters.
  if (Within(c, 0x2E80, 0x30FF) || Within(c, 0x3400, 0x9FFF) || Within(c, 0xF900, 0xFAFF) ||
      Within(c, 0x20000, 0x3FFFF)) {
    return kChinese;
  }
  return Within(c, 0x80, 0x2AF) || Within(c, 0x2000, 0x206F) ? 0 : kOthers + c / 128;
}

/// Returns the writing system of a text's first letter.
char32_t ScriptOf(const std::string& text) {
  char32_t script = 0;
  ForEachCodePoint(text, [&script](char32_t c) {
    if (script == 0) script = ScriptOf(c);
  });
  return script;
}

}  // namespace

std::vector<CaptionText> NamesForCaption(const NameList& names) {
  std::map<char32_t, CaptionText> by_script;
  for (const auto& [language, name] : names) {
    const std::string text = CaptionTextOf(name);
    if (text.empty() || language.size() > kMaxLanguageTag || HasForbiddenCharacter(language))
      continue;
    const char32_t script = ScriptOf(text);
    if (language == "en" || language == "zh" || !by_script.contains(script))
      by_script[script] = {CaptionRole::kName, language, text};
  }
  std::vector<CaptionText> chosen;
  for (const auto& [script, text] : by_script) {
    if (script >= kOthers && chosen.size() < kMostNames) chosen.push_back(text);
  }
  for (const auto& [script, text] : by_script) {
    if (script < kOthers && chosen.size() < kMostNames) chosen.push_back(text);
  }
  return chosen;
}

std::vector<CaptionText> CaptionOf(const CityId& id, const NameList& names,
                                   const std::string& host) {
  std::vector<CaptionText> caption;
  caption.push_back({CaptionRole::kIdentifier, "", id.text() + "-" + id.CheckCharacters()});
  std::ranges::move(NamesForCaption(names), std::back_inserter(caption));
  caption.push_back({CaptionRole::kHost, "", host});
  return caption;
}

}  // namespace cityid

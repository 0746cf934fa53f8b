// The languages that a person reads (RFC 4647): which language a page is in, and which of a
// record's texts it shows. The two are chosen apart: pages come in three languages, records in any.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// A language priority list (RFC 4647, 2.3). It holds the first six ranges that differ, and needs
/// no memory of its own. A Chinese range or tag without a script gets that of its region: "zh-TW"
/// is "zh-Hant-TW", and "zh-CN" is "zh-Hans-CN".
class LanguagePriority {
 public:
  /// Somebody who reads English.
  LanguagePriority() = default;
  /// Reads an `Accept-Language` field. If `lang` names a language of the pages ("zh", "zh-TW"), the
  /// ranges of other languages don't count.
  LanguagePriority(std::string_view lang, std::string_view accept_language);

  /// Returns the language of pages: that of the first range which pages come in, else English.
  Language page() const { return page_; }

  /// Returns how well a tag fits; less is better. Each range looks for itself and is then shortened
  /// from its end (lookup, 3.4); every time a tag fits that is equal, or longer (extended
  /// filtering, 3.3.2). English comes after the last range. Returns nothing if the tag fits none.
  std::optional<unsigned> Rank(std::string_view tag) const;

  /// Returns a character for a cache's key. People with the same one see the same of every record
  /// if `is_usual`, else of those that `IsSameForAll` is true of (link.h).
  char key() const { return key_; }
  /// Returns true for what most browsers send: one language, and perhaps English.
  bool is_usual() const { return key_ >= 'a'; }

 private:
  struct Range {
    std::array<char, 15> text;  ///< in lower case
    std::uint8_t size;
    std::string_view view() const { return {text.data(), size}; }
  };
  void Insert(std::string_view range, int quality);
  void DropRepeated();
  char MakeKey() const;

  static constexpr std::size_t kMost = 6;
  std::array<Range, kMost> ranges_ = {};
  std::array<int, kMost> qualities_ = {};
  std::uint8_t size_ = 0;
  Language page_ = Language::kEnglish;
  char key_ = 'a';
};

/// Returns the language of pages that a tag means ("ar", "zh-CN"); nothing if pages don't come in
/// it.
std::optional<Language> LanguageOf(std::string_view tag);

}  // namespace cityid

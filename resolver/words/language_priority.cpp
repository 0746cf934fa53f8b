#include "resolver/words/language_priority.h"

#include <algorithm>
#include <span>

#include "codec/text.h"
#include "resolver/words/field_list.h"

namespace cityid {
namespace {

constexpr unsigned kRanks = 64;  // more than a range can be shortened, twice

char Lower(char c) {
  if (c == '_') return '-';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Returns the script of a Chinese tag that names a region ("zh-tw") and no script.
std::string_view ScriptOf(std::string_view tag) {
  if (tag.size() != 5 || !tag.starts_with("zh-")) return {};
  const std::string_view region = tag.substr(3);
  if (region == "cn" || region == "sg" || region == "my") return "-hans";
  if (region == "tw" || region == "hk" || region == "mo") return "-hant";
  return {};
}

/// Writes a tag in lower case and with the script of Chinese into `out`. Returns an empty text for
/// what is no tag, or doesn't fit.
std::string_view Canonical(std::string_view tag, std::span<char> out) {
  constexpr std::size_t kScript = 5;  // "-hans"
  if (tag.empty() || tag.size() > 64 || tag.size() > out.size()) return {};
  std::ranges::transform(tag, out.begin(), Lower);
  std::string_view text(out.data(), tag.size());
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view subtag = TakeUntil(rest, '-');
    if (subtag.empty() || subtag.size() > 8 || !std::ranges::all_of(subtag, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        })) {
      return {};
    }
  }
  if (text.back() == '-') return {};
  const std::string_view script = ScriptOf(text);
  if (script.empty()) return text;
  if (text.size() + kScript > out.size()) return {};
  std::copy_backward(out.begin() + 2, out.begin() + 5, out.begin() + 5 + kScript);
  std::ranges::copy(script, out.begin() + 2);
  return {out.data(), text.size() + kScript};
}

/// Removes the last subtag, and a single character before it.
std::string_view Shortened(std::string_view range) {
  const std::size_t dash = range.rfind('-');
  range = dash == std::string_view::npos ? std::string_view() : range.substr(0, dash);
  return range.size() > 2 && range[range.size() - 2] == '-' ? range.substr(0, range.size() - 2)
                                                            : range;
}

/// Returns true if the tag has the subtags of the range in their order, and others between them.
bool MatchesExtended(std::string_view range, std::string_view tag) {
  if (TakeUntil(range, '-') != TakeUntil(tag, '-')) return false;
  while (!range.empty()) {
    const std::string_view wanted = TakeUntil(range, '-');
    while (true) {
      if (tag.empty()) return false;
      const std::string_view subtag = TakeUntil(tag, '-');
      if (subtag == wanted) break;
      if (subtag.size() == 1) return false;
    }
  }
  return true;
}

std::optional<unsigned> RankIn(std::string_view range, std::string_view tag) {
  for (unsigned rank = 0; !range.empty(); rank += 2, range = Shortened(range)) {
    if (range == tag) return rank;
    if (MatchesExtended(range, tag)) return rank + 1;
  }
  return std::nullopt;
}

/// What most browsers ask for first. The position is a key of caches.
constexpr std::string_view kUsual[] = {"en",         "en-us",      "zh",      "zh-hans",
                                       "zh-hans-cn", "zh-hant-tw", "zh-hant", "ar"};

}  // namespace

std::optional<Language> LanguageOf(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find_first_of("-_"));
  if (EqualIgnoringCase(primary, "en")) return Language::kEnglish;
  if (EqualIgnoringCase(primary, "zh")) return Language::kChinese;
  if (EqualIgnoringCase(primary, "ar")) return Language::kArabic;
  return std::nullopt;
}

LanguagePriority::LanguagePriority(std::string_view lang, std::string_view accept_language) {
  constexpr int kFirst = 1001;
  const auto wanted = LanguageOf(lang);
  FieldList list(accept_language);
  while (const auto element = list.Next()) {
    if (!wanted || LanguageOf(element->value) == wanted) Insert(element->value, element->quality);
  }
  // A plain "zh" says less than what the phone asks for, and "zh-TW" says more.
  if (wanted) Insert(lang, lang.size() > 2 ? kFirst : 1);
  DropRepeated();
  for (std::uint8_t i = 0; i < size_; ++i) {
    const auto language = LanguageOf(ranges_[i].view());
    if (!language) continue;
    page_ = *language;
    break;
  }
  key_ = MakeKey();
}

/// Adds a range after all of the same quality.
void LanguagePriority::Insert(std::string_view range, int quality) {
  if (quality == 0) return;
  std::size_t at = size_;
  while (at > 0 && qualities_[at - 1] < quality) --at;
  if (at == kMost) return;
  Range added;
  // A long range is shortened from its end, as when it is looked up.
  while (range.size() > added.text.size()) range = Shortened(range);
  added.size = static_cast<std::uint8_t>(Canonical(range, added.text).size());
  if (added.size == 0) return;
  if (size_ < kMost) ++size_;
  std::copy_backward(ranges_.begin() + at, ranges_.begin() + size_ - 1, ranges_.begin() + size_);
  std::copy_backward(qualities_.begin() + at, qualities_.begin() + size_ - 1,
                     qualities_.begin() + size_);
  ranges_[at] = added;
  qualities_[at] = quality;
}

/// Drops each range that an earlier one becomes when it is shortened.
void LanguagePriority::DropRepeated() {
  std::uint8_t kept = 0;
  for (std::uint8_t i = 0; i < size_; ++i) {
    const std::string_view range = ranges_[i].view();
    const bool repeated = std::any_of(ranges_.begin(), ranges_.begin() + kept, [&](const Range& r) {
      return r.view().starts_with(range) &&
             (r.size == range.size() || r.view()[range.size()] == '-');
    });
    if (!repeated) ranges_[kept++] = ranges_[i];
  }
  size_ = kept;
}

std::optional<unsigned> LanguagePriority::Rank(std::string_view tag) const {
  std::array<char, 48> buffer;
  const std::string_view canonical = Canonical(tag, buffer);
  for (unsigned i = 0; i < size_; ++i) {
    if (const auto rank = RankIn(ranges_[i].view(), canonical)) return i * kRanks + *rank;
  }
  if (const auto rank = RankIn("en", canonical)) return size_ * kRanks + *rank;
  return std::nullopt;
}

char LanguagePriority::MakeKey() const {
  const std::string_view first = size_ == 0 ? "en" : ranges_[0].view();
  const auto usual = std::ranges::find(kUsual, first);
  const bool only_english_follows =
      std::all_of(ranges_.begin() + std::min<int>(1, size_), ranges_.begin() + size_,
                  [](const Range& range) { return range.view() == "en"; });
  if (usual != std::end(kUsual) && only_english_follows)
    return static_cast<char>('a' + (usual - kUsual));
  for (std::uint8_t i = 0; i < size_; ++i) {
    const std::string_view range = ranges_[i].view();
    if (range.starts_with("zh-hans")) return '3';
    if (range.starts_with("zh-hant")) return '4';
    if (LanguageOf(range)) break;
  }
  return static_cast<char>('0' + static_cast<int>(page_));
}

}  // namespace cityid

#include "resolver/show/negotiate.h"

#include <string>

namespace cityid {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Takes the text up to `separator` off the front.
std::string_view Take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return Trim(taken);
}

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// A qvalue in thousandths; 0 for anything that is none.
int ParseQuality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int value = (text[0] - '0') * 1000;
  if (text.size() == 1) return value;
  if (text[1] != '.') return 0;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value > 1000 ? 0 : value;
}

/// Calls `visit(range, quality)` for each element of a list with weights.
template <class Visit>
void ForEachWeighted(std::string_view field, Visit visit) {
  while (!field.empty()) {
    std::string_view element = Take(field, ',');
    if (element.empty()) continue;
    const std::string_view range = Take(element, ';');
    int quality = 1000;
    while (!element.empty()) {
      std::string_view parameter = Take(element, ';');
      const std::string_view name = Take(parameter, '=');
      if (SameIgnoringCase(name, "q")) quality = ParseQuality(Trim(parameter));
    }
    visit(range, quality);
  }
}

}  // namespace

int AcceptQuality(std::string_view accept, std::string_view type) {
  if (Trim(accept).empty()) return 1000;
  const std::string any_subtype = std::string(type.substr(0, type.find('/'))) + "/*";
  int quality = 0;
  int specificity = 0;
  ForEachWeighted(accept, [&](std::string_view range, int q) {
    const int specific = SameIgnoringCase(range, type)          ? 3
                         : SameIgnoringCase(range, any_subtype) ? 2
                         : range == "*/*"                       ? 1
                                                                : 0;
    if (specific > specificity) {
      specificity = specific;
      quality = q;
    }
  });
  return quality;
}

std::optional<std::size_t> ChooseType(std::string_view accept,
                                      std::span<const std::string_view> offered) {
  std::optional<std::size_t> best;
  int best_quality = 0;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    const int quality = offered[i].empty() ? 0 : AcceptQuality(accept, offered[i]);
    if (quality > best_quality) {
      best = i;
      best_quality = quality;
    }
  }
  return best;
}

std::optional<Language> LanguageOf(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find('-'));
  if (SameIgnoringCase(primary, "en")) return Language::kEnglish;
  if (SameIgnoringCase(primary, "zh")) return Language::kChinese;
  if (SameIgnoringCase(primary, "ar")) return Language::kArabic;
  return std::nullopt;
}

Language ChooseLanguage(std::string_view accept_language) {
  Language best = Language::kEnglish;
  int best_quality = 0;
  ForEachWeighted(accept_language, [&](std::string_view range, int quality) {
    const auto language = LanguageOf(range);
    if (language && quality > best_quality) {
      best = *language;
      best_quality = quality;
    }
  });
  return best;
}

}  // namespace cityid

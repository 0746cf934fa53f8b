#include "resolver/show/negotiate.h"

#include <string>

#include "codec/text.h"

namespace cityid {
namespace {

/// Takes the text up to `separator` off the front, without blanks around it.
std::string_view Take(std::string_view& text, char separator) {
  return Trim(TakeUntil(text, separator));
}

/// Parses a qvalue into thousandths. Returns 0 for anything else.
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
      if (EqualIgnoringCase(name, "q")) quality = ParseQuality(Trim(parameter));
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
    const int specific = EqualIgnoringCase(range, type)          ? 3
                         : EqualIgnoringCase(range, any_subtype) ? 2
                         : range == "*/*"                        ? 1
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

bool AcceptsGzip(std::string_view accept_encoding) {
  int named = -1;  // the quality of gzip by its name
  int any = 0;
  ForEachWeighted(accept_encoding, [&](std::string_view coding, int quality) {
    if (EqualIgnoringCase(coding, "gzip") || EqualIgnoringCase(coding, "x-gzip")) named = quality;
    if (coding == "*") any = quality;
  });
  return (named < 0 ? any : named) > 0;
}

std::optional<Language> LanguageOf(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find('-'));
  if (EqualIgnoringCase(primary, "en")) return Language::kEnglish;
  if (EqualIgnoringCase(primary, "zh")) return Language::kChinese;
  if (EqualIgnoringCase(primary, "ar")) return Language::kArabic;
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

#include "resolver/words/field_list.h"

#include <algorithm>

#include "codec/text.h"

namespace cityid {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Returns the position of the quote that closes the one at `open`; npos if there is none.
std::size_t FindClosingQuote(std::string_view text, std::size_t open) {
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '"') return i;
    if (text[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

std::string_view WithoutQuotes(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// Parses a weight into thousandths.
int ParseQuality(std::string_view text) {
  constexpr int kAll = 1000;
  const std::string_view whole = TakeUntil(text, '.');
  if ((whole.empty() && text.empty()) || !std::ranges::all_of(whole, IsDigit) ||
      !std::ranges::all_of(text, IsDigit)) {
    return kAll;
  }
  if (whole.find_first_not_of('0') != std::string_view::npos) return kAll;
  int value = 0;
  for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < text.size() ? text[i] - '0' : 0);
  const bool is_zero = text.find_first_not_of('0') == std::string_view::npos;
  return is_zero ? 0 : std::max(value, 1);
}

}  // namespace

/// Takes the text up to `separator` off the front, without blanks around it.
std::string_view FieldList::Take(std::string_view& text, char separator) {
  if (!has_quotes_) return Trim(TakeUntil(text, separator));
  std::size_t end = 0;
  while (end < text.size() && text[end] != separator) {
    if (text[end] == '"' && has_quotes_) {
      const std::size_t close = FindClosingQuote(text, end);
      // Whatever is not closed here is not closed in the rest of the field, either.
      if (close == std::string_view::npos) {
        has_quotes_ = false;
      } else {
        end = close;
      }
    }
    ++end;
  }
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return Trim(taken);
}

std::optional<Weighted> FieldList::Next() {
  while (!rest_.empty()) {
    std::string_view element = Take(rest_, ',');
    if (element.empty()) continue;
    Weighted weighted{Take(element, ';')};
    while (!element.empty()) {
      std::string_view value = Take(element, ';');
      const std::string_view name = Trim(TakeUntil(value, '='));
      value = WithoutQuotes(Trim(value));
      if (EqualIgnoringCase(name, "q")) {
        weighted.quality = ParseQuality(value);
        break;  // what follows a weight says nothing about the range
      }
      if (!name.empty() &&
          !(EqualIgnoringCase(name, "charset") && EqualIgnoringCase(value, "utf-8")))
        weighted.has_parameters = true;
    }
    return weighted;
  }
  return std::nullopt;
}

}  // namespace cityid

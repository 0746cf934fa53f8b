#include "resolver/routing/pasted.h"

#include <algorithm>
#include <array>

#include "codec/cbor.h"
#include "codec/text.h"
#include "resolver/message/form.h"

namespace cityid {
namespace {

constexpr std::array<std::string_view, 25> kBlanks = {
    " ",      "\t",     "\r",     "\n",     "\u00A0", "\u00AD", "\u200B", "\u200C", "\u200D",
    "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202B", "\u202C", "\u202D", "\u202E",
    "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\u3000", "\uFEFF"};
constexpr std::array<std::string_view, 18> kBefore = {
    "\"",     "'",      "<",      "(",      "[",      "`",      "\u201C", "\u201E", "\u2018",
    "\u00AB", "\u300C", "\u300E", "\u300A", "\uFF08", "\u3010", "\uFF1C", "\uFF02", "\uFF3B"};
constexpr std::array<std::string_view, 22> kBehind = {
    "\"",     "'",      ">",      ")",      "]",      "`",      ".",      ",",
    ";",      "\u201D", "\u201C", "\u2019", "\u00BB", "\u300D", "\u300F", "\u300B",
    "\uFF09", "\u3011", "\uFF1E", "\u3002", "\uFF0C", "\uFF02"};

/// Takes one of the marks off the front, or the back.
template <std::size_t N>
bool TakeFront(std::string_view& text, const std::array<std::string_view, N>& marks) {
  const auto mark = std::ranges::find_if(marks, [&](auto m) { return text.starts_with(m); });
  if (mark == marks.end()) return false;
  text.remove_prefix(mark->size());
  return true;
}
template <std::size_t N>
bool TakeBack(std::string_view& text, const std::array<std::string_view, N>& marks) {
  const auto mark = std::ranges::find_if(marks, [&](auto m) { return text.ends_with(m); });
  if (mark == marks.end()) return false;
  text.remove_suffix(mark->size());
  return true;
}

/// Takes "]Q1" off the front: the kind of symbol, and how it was read.
bool TakeSymbology(std::string_view& text) {
  const auto is = [&](std::size_t i, char first, char last) {
    return text[i] >= first && text[i] <= last;
  };
  const bool found = text.size() > 3 && text[0] == ']' && (is(1, 'A', 'Z') || is(1, 'a', 'z')) &&
                     (is(2, '0', '9') || is(2, 'A', 'Z') || is(2, 'a', 'z'));
  if (found) text.remove_prefix(3);
  return found;
}

std::string_view WithoutMarks(std::string_view text) {
  while (TakeFront(text, kBlanks) || TakeFront(text, kBefore) || TakeSymbology(text)) {
  }
  while (TakeBack(text, kBlanks) || TakeBack(text, kBehind)) {
  }
  return text;
}

/// Undoes the percent-encoding of the whole address, or else that of characters that need none.
std::string Decoded(std::string_view text) {
  constexpr std::string_view kEncoded = "https%3a";
  if (EqualIgnoringCase(text.substr(0, kEncoded.size()), kEncoded)) {
    const auto whole = PathText(text, text.size());
    if (whole) return *whole;
  }
  return DecodeUnreserved(text);
}

std::string WithoutBlanks(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (TakeFront(text, kBlanks)) continue;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string WithoutSurroundings(std::string_view text) {
  const std::string decoded = Decoded(WithoutMarks(text));
  std::string_view rest = decoded;
  rest = WithoutMarks(rest.substr(0, rest.find_first_of("?#")));
  const std::size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos) return std::string(rest);
  while (rest.size() > scheme + 3 && rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t path = std::min(rest.find('/', scheme + 3), rest.size());
  return std::string(rest.substr(0, path)) + WithoutBlanks(rest.substr(path));
}

}  // namespace cityid

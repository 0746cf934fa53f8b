#include "codec/shown_text.h"

#include <algorithm>
#include <array>

namespace cityid {

bool IsForbiddenCharacter(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  constexpr std::array<Range, 9> kForbidden = {{{0x00, 0x1F},
                                                {0x7F, 0x9F},
                                                {0x61C, 0x61C},
                                                {0x200E, 0x200F},
                                                {0x2028, 0x202E},
                                                {0x2066, 0x2069},
                                                {0xFDD0, 0xFDEF},
                                                {0xFFF9, 0xFFFB},
                                                {0xD800, 0xDFFF}}};
  return (c & 0xFFFE) == 0xFFFE || std::ranges::any_of(kForbidden, [c](const Range& r) {
           return c >= r.first && c <= r.last;
         });
}

bool HasForbiddenCharacter(std::string_view text) {
  bool found = false;
  return !ForEachCodePoint(text, [&](char32_t c) { found |= IsForbiddenCharacter(c); }) || found;
}

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(0, size);
    const bool whole = IsUtf8(character);
    if (whole && !HasForbiddenCharacter(character)) {
      out += character;
    } else {
      out += '?';
    }
    // What is no character hides nothing of what comes after its first byte.
    text.remove_prefix(whole ? size : 1);
  }
  return out;
}

}  // namespace cityid

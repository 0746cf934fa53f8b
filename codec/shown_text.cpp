#include "codec/shown_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "codec/cbor.h"

namespace cityid {
namespace {

/// Calls `visit` with each code point of valid UTF-8, until it returns false.
template <class Visit>
void ForEachCodePoint(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t k = 1; k < size; ++k)
      point = (point << 6) | (static_cast<std::uint8_t>(text[i + k]) & 0x3Fu);
    if (!visit(point)) return;
    i += size;
  }
}

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool IsIn(const std::array<Range, N>& ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

/// Characters without a width, fillers, variation selectors' supplements and tags. The joiners are
/// not among them.
bool IsInvisible(char32_t c) {
  constexpr std::array<Range, 13> kInvisible = {{{0xAD, 0xAD},
                                                 {0x34F, 0x34F},
                                                 {0x115F, 0x1160},
                                                 {0x17B4, 0x17B5},
                                                 {0x180B, 0x180F},
                                                 {0x200B, 0x200B},
                                                 {0x2060, 0x2065},
                                                 {0x206A, 0x206F},
                                                 {0x3164, 0x3164},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xFFA0, 0xFFA0},
                                                 {0x1D173, 0x1D17A},
                                                 {0xE0000, 0xE0FFF}}};
  return IsIn(kInvisible, c);
}

bool IsBlank(char32_t c) {
  constexpr std::array<Range, 7> kBlank = {{{0x20, 0x20},
                                            {0xA0, 0xA0},
                                            {0x1680, 0x1680},
                                            {0x2000, 0x200A},
                                            {0x202F, 0x202F},
                                            {0x205F, 0x205F},
                                            {0x3000, 0x3000}}};
  return IsIn(kBlank, c) || c == 0x2800;
}

bool IsJoiner(char32_t c) { return c == 0x200C || c == 0x200D; }

}  // namespace

bool IsForbiddenCharacter(char32_t c) {
  constexpr std::array<Range, 9> kForbidden = {{{0x00, 0x1F},
                                                {0x7F, 0x9F},
                                                {0x61C, 0x61C},
                                                {0x200E, 0x200F},
                                                {0x2028, 0x202E},
                                                {0x2066, 0x2069},
                                                {0xFDD0, 0xFDEF},
                                                {0xFFF9, 0xFFFB},
                                                {0xD800, 0xDFFF}}};
  return IsIn(kForbidden, c) || (c & 0xFFFE) == 0xFFFE;
}

bool HasForbiddenCharacter(std::string_view text) {
  bool found = !IsUtf8(text);
  if (!found)
    ForEachCodePoint(text, [&](char32_t c) { return !(found = IsForbiddenCharacter(c)); });
  return found;
}

bool IsHonestName(std::string_view text) {
  if (HasForbiddenCharacter(text)) return false;
  std::vector<char32_t> points;
  ForEachCodePoint(text, [&](char32_t c) {
    points.push_back(c);
    return true;
  });
  bool visible = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (IsInvisible(points[i])) return false;
    if (IsJoiner(points[i])) {
      const bool between = i > 0 && i + 1 < points.size() && points[i - 1] > 0x7F &&
                           points[i + 1] > 0x7F && !IsJoiner(points[i - 1]) &&
                           !IsBlank(points[i - 1]) && !IsBlank(points[i + 1]);
      if (!between) return false;
      continue;
    }
    visible |= !IsBlank(points[i]);
  }
  return visible;
}

}  // namespace cityid

#include "codec/shown_text.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace cityid {
namespace {

constexpr std::string_view kOpen = "\u2068", kEnd = "\u2069";
constexpr char32_t kOpens = 0x2068, kEnds = 0x2069;

struct Block {
  char32_t first, last;
};
constexpr auto kRightToLeft = std::to_array<Block>(
    {{0x590, 0x8FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFF}, {0x10800, 0x10FFF}, {0x1E800, 0x1EFFF}});
constexpr auto kForbidden = std::to_array<Block>({{0x00, 0x1F},
                                                  {0x7F, 0x9F},
                                                  {0x61C, 0x61C},
                                                  {0x200E, 0x200F},
                                                  {0x2028, 0x202E},
                                                  {0x2066, 0x2069},
                                                  {0xFDD0, 0xFDEF},
                                                  {0xFFF9, 0xFFFB},
                                                  {0xD800, 0xDFFF}});

bool IsIn(std::span<const Block> blocks, char32_t c) {
  return std::ranges::any_of(
      blocks, [c](const Block& block) { return c >= block.first && c <= block.last; });
}

/// Returns true if something outside of all isolates is written from right to left.
bool TurnsOutside(std::string_view text) {
  bool turns = false;
  int depth = 0;
  ForEachCodePoint(text, [&](char32_t c) {
    depth += c == kOpens ? 1 : c == kEnds ? -1 : 0;
    turns |= depth == 0 && IsIn(kRightToLeft, c);
  });
  return turns;
}

}  // namespace

bool IsForbiddenCharacter(char32_t c) { return (c & 0xFFFE) == 0xFFFE || IsIn(kForbidden, c); }

bool HasForbiddenCharacter(std::string_view text) {
  bool found = false;
  return !ForEachCodePoint(text, [&](char32_t c) { found |= IsForbiddenCharacter(c); }) || found;
}

std::string Printable(std::string_view text) {
  std::string out;
  std::vector<std::size_t> opened;  // where isolates begin in `out` that have not ended
  while (!text.empty()) {
    std::string_view rest = text;
    const auto point = TakeCodePoint(rest);
    const bool opens = point == kOpens, ends = point == kEnds && !opened.empty();
    if (opens) opened.push_back(out.size());
    if (ends) opened.pop_back();
    const std::size_t size = text.size() - rest.size();
    if (point && (opens || ends || !IsForbiddenCharacter(*point))) {
      out += text.substr(0, size);
    } else {
      out += '?';
    }
    // What is no character hides nothing of what comes after its first byte.
    text.remove_prefix(point ? size : 1);
  }
  for (; !opened.empty(); opened.pop_back()) out.replace(opened.back(), kOpen.size(), "?");
  if (!TurnsOutside(out)) return out;
  return std::string(kOpen) + out + std::string(kEnd);
}

}  // namespace cityid

// Random texts of code points that come together in texts, that hide in them, and of any others.
#pragma once

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/property/chosen_seed.h"

namespace cityid::testing {

class RandomText {
 public:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  std::mt19937_64& source() { return random_; }

  /// A code point; not a surrogate.
  char32_t Point() {
    constexpr char32_t kBlocks[] = {
        0x20,    0x41,    0xE0,   0x370,  0x410,  0x5D0,  0x627,   0x6F0,  0x900,  0x93F,  0x995,
        0xDC0,   0xE01,   0x1820, 0x2000, 0x2028, 0x2060, 0x3041,  0x30A1, 0x3105, 0x4E00, 0xAC00,
        0x180B,  0xFE00,  0xFFF0, 0x300,  0x3164, 0x640,  0x86A,   0x200C, 0x94D,  0xA840, 0x7FD,
        0xE0040, 0x1F3D9, 0x9B0,  0xCB0,  0xCC8,  0x17D0, 0x1D5BA, 0x2F00, 0xFF21};
    const char32_t c = Below(8) == 0
                           ? static_cast<char32_t>(Below(0x110000))
                           : kBlocks[Below(std::size(kBlocks))] + static_cast<char32_t>(Below(24));
    return c >= 0xD800 && c <= 0xDFFF ? U'a' : c;
  }
  /// One to seven of them. Half of the texts stay in one block, or few would ever be taken, some
  /// have joiners among letters, and some have dots and letters with dots.
  std::vector<char32_t> Points() {
    std::vector<char32_t> points(1 + Below(7));
    const char32_t only = Below(2) == 0 ? Point() : 0;
    const bool joins = Below(4) == 0, dots = Below(8) == 0;
    for (char32_t& c : points) {
      if (joins && Below(3) == 0) {
        constexpr char32_t kJoining[] = {0x200C, 0x200D, 0x94D, 0x9CD, 0x180B, 0x64B,  0xDCA,
                                         0x9B0,  0x9AF,  0xCB0, 0xCCD, 0xC95,  0x1820, 0x202F};
        c = kJoining[Below(std::size(kJoining))];
      } else if (dots) {
        constexpr char32_t kDots[] = {0x307, 0x301, 0x323, 0x302, 0x344, 0xE9, 0x1EBF,
                                      0x12F, 'i',   'j',   0x131, 'a',   ' '};
        c = kDots[Below(std::size(kDots))];
      } else if (only != 0 && Below(4) > 0 && (only < 0xD7F0 || only > 0xDFFF)) {
        c = only + static_cast<char32_t>(Below(8));
      } else {
        c = Point();
      }
      if (c > 0x10FFFF) c = U'a';
    }
    return points;
  }

  static std::string Utf8(char32_t c) {
    const auto byte = [](char32_t value) { return static_cast<char>(value); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
    const char last = byte(0x80 | (c & 0x3F)), second = byte(0x80 | (c >> 6 & 0x3F));
    if (c < 0x10000) return {byte(0xE0 | c >> 12), second, last};
    return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), second, last};
  }
  static std::string Text(const std::vector<char32_t>& points) {
    std::string text;
    for (const char32_t c : points) text += Utf8(c);
    return text;
  }

 private:
  std::mt19937_64 random_{ChosenSeed()};
};

}  // namespace cityid::testing

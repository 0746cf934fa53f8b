#include "codec/print/outline.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace cityid {

Box BoundsOf(const Outline& outline) {
  Box box;
  bool first = true;
  for (const OutlineStep& step : outline) {
    for (std::size_t i = 0; i < NumbersOf(step.kind); i += 2) {
      const double x = step.to[i];
      const double y = step.to[i + 1];
      if (first) box = {x, y, x, y};
      first = false;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x),
             std::max(box.bottom, y)};
    }
  }
  return box;
}

void Transform(Outline& outline, double scale, double x, double y) {
  for (OutlineStep& step : outline) {
    for (std::size_t i = 0; i < NumbersOf(step.kind); i += 2) {
      step.to[i] = step.to[i] * scale + x;
      step.to[i + 1] = step.to[i + 1] * scale + y;
    }
  }
}

void FitInto(Outline& outline, const Box& box) {
  const Box ink = BoundsOf(outline);
  const double x = (box.left + box.right) / 2;
  const double y = (box.top + box.bottom) / 2;
  // How far the ink reaches from the middle, against how far it may.
  const double across = std::max({x - ink.left, ink.right - x, 1e-9}) / (box.right - x);
  const double down = std::max({y - ink.top, ink.bottom - y, 1e-9}) / (box.bottom - y);
  const double over = std::max(across, down);
  if (over <= 1) return;
  Transform(outline, 1 / over, x - x / over, y - y / over);
}

std::string SvgPath(const Outline& outline) {
  constexpr std::array<char, 4> kLetters = {'M', 'L', 'C', 'Z'};
  std::string path;
  for (const OutlineStep& step : outline) {
    path += kLetters[step.kind];
    for (std::size_t i = 0; i < NumbersOf(step.kind); ++i) {
      std::array<char, 32> text;
      const auto end =
          std::to_chars(text.data(), text.data() + text.size(), std::round(step.to[i] * 100) / 100);
      if (i > 0) path += ' ';
      path.append(text.data(), end.ptr);
    }
  }
  return path;
}

}  // namespace cityid

#include "codec/print/outline.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "codec/drawing/label.h"

namespace cityid {

namespace {

std::string Number(double number) { return PdfNumber(number, 2) + ' '; }

using Step = Outline::const_iterator;

/// Returns the end of the contour that begins at a step.
Step EndOfContour(Step begin, Step end) {
  return std::find_if(begin + 1, end,
                      [](const OutlineStep& step) { return step.kind == OutlineStep::kMove; });
}

bool Overlap(const Box& a, const Box& b) {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}

/// Writes contours that are filled together.
void PutFill(std::string& out, Step begin, Step end) {
  constexpr std::array<char, 4> kOperators = {'m', 'l', 'c', 'h'};
  out += "q 1 0 0 1 " + Number(begin->to[0]) + Number(begin->to[1]) + "cm\n";
  for (Step step = begin; step != end; ++step) {
    for (std::size_t i = 0; i < NumbersOf(step->kind); ++i)
      out += Number(step->to[i] - (i % 2 == 0 ? begin->to[0] : begin->to[1]));
    out += kOperators[step->kind];
    out += '\n';
  }
  out += "f Q\n";
}

}  // namespace

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

std::string PdfFill(const Outline& outline) {
  std::string operators;
  // Contours that may be holes of each other stay together.
  for (Step begin = outline.begin(); begin != outline.end();) {
    Step end = EndOfContour(begin, outline.end());
    Box box = BoundsOf({begin, end});
    while (end != outline.end()) {
      const Step next = EndOfContour(end, outline.end());
      const Box other = BoundsOf({end, next});
      if (!Overlap(box, other)) break;
      box = {std::min(box.left, other.left), std::min(box.top, other.top),
             std::max(box.right, other.right), std::max(box.bottom, other.bottom)};
      end = next;
    }
    PutFill(operators, begin, end);
    begin = end;
  }
  return operators;
}

}  // namespace cityid

// Outlines of glyphs, so that a picture needs no fonts where it is shown.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace cityid {

/// A step of a path: to a point, along a line or a cubic curve, or back to where it began.
struct OutlineStep {
  enum Kind { kMove, kLine, kCurve, kClose };
  Kind kind;
  std::array<double, 6> to;  ///< x and y: one pair; three for a curve, control points first
};

/// How many numbers of `to` a step has.
inline std::size_t NumbersOf(OutlineStep::Kind kind) {
  return kind == OutlineStep::kCurve ? 6 : kind == OutlineStep::kClose ? 0 : 2;
}

/// A rectangle; empty if its right isn't right of its left.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
};

using Outline = std::vector<OutlineStep>;

/// Returns the box around all points, control points too.
Box BoundsOf(const Outline& outline);

/// Moves by (`x`, `y`) after scaling about the origin.
void Transform(Outline& outline, double scale, double x, double y);

/// Makes an outline smaller about the middle of `box` until it lies within it.
void FitInto(Outline& outline, const Box& box);

/// Returns SVG path data, numbers to a hundredth.
std::string SvgPath(const Outline& outline);

/// Returns the operators of a PDF's page that fill an outline, numbers to a hundredth. The same shape
/// gives the same operators wherever it is, but for the two numbers of its place: so a page on which
/// digits and letters come back is compressed to little.
std::string PdfFill(const Outline& outline);

}  // namespace cityid

#include "codec/reader/read_patterns.h"

#include <algorithm>
#include <cmath>

namespace cityid {
namespace {

/// Where a symbol's edge is found is not exact, above all if it is bent.
constexpr double kMargin = 0.05;
/// The centre of a square is 3.5 modules from both edges, so 5 from the corner.
constexpr double kModulesFromCorner = 7;
constexpr double kSideFromCorner = 1.0 / 8;
/// A QR code has 21 to 177 modules a side; more or fewer where the size of one is not exact.
constexpr double kLeastModules = 15;
constexpr double kMostModules = 210;
constexpr int kAllDirections = 4;
/// Modules, in pixels, with which a pattern may be certain.
constexpr double kLeastCertain = 3.5;
/// Between the sizes of two modules.
constexpr double kClearly = 1.6;

double Distance(PicturePoint from, double x, double y) { return std::hypot(x - from.x, y - from.y); }

bool LiesIn(const PictureSymbol& symbol, const FinderPattern& pattern) {
  return Covers(symbol.corners,
                {static_cast<std::int32_t>(pattern.x), static_cast<std::int32_t>(pattern.y)},
                kMargin);
}

bool IsSquareOf(const PictureSymbol& symbol, const FinderPattern& pattern) {
  if (symbol.format != SymbolFormat::kQrCode || !LiesIn(symbol, pattern)) return false;
  double around = 0;
  double nearest = HUGE_VAL;
  for (std::size_t i = 0; i < 4; ++i) {
    const PicturePoint next = symbol.corners[(i + 1) % 4];
    around += Distance(symbol.corners[i], next.x, next.y);
    nearest = std::min(nearest, Distance(symbol.corners[i], pattern.x, pattern.y));
  }
  const double side = around / 4;
  const double modules = side / pattern.module;
  return modules >= kLeastModules && modules <= kMostModules &&
         nearest <= std::max(kModulesFromCorner * pattern.module, kSideFromCorner * side);
}

}  // namespace

bool IsOfOne(const std::vector<PictureSymbol>& symbols, const FinderPattern& pattern) {
  return std::ranges::any_of(
      symbols, [&](const PictureSymbol& symbol) { return IsSquareOf(symbol, pattern); });
}

bool IsChanceInOne(const std::vector<PictureSymbol>& symbols, const FinderPattern& pattern,
                   const std::vector<FinderPattern>& patterns) {
  if (pattern.certain) return false;
  const bool too_small = pattern.module < kLeastCertain && pattern.directions == kAllDirections;
  return std::ranges::any_of(symbols, [&](const PictureSymbol& symbol) {
    return LiesIn(symbol, pattern) &&
           !(too_small && std::ranges::any_of(patterns, [&](const FinderPattern& other) {
               return other.module > kClearly * pattern.module && IsSquareOf(symbol, other);
             }));
  });
}

bool IsExplained(const std::vector<PictureSymbol>& symbols, const FinderTriple& triple,
                 const std::vector<FinderPattern>& patterns) {
  return std::ranges::any_of(triple.patterns, [&](const FinderPattern& pattern) {
    return IsOfOne(symbols, pattern) || IsChanceInOne(symbols, pattern, patterns);
  });
}

}  // namespace cityid

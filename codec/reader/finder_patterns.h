// Where QR codes seem to be: the squares in three of their corners (ISO/IEC 18004 6.3.3), which any
// line through their centre cuts in the ratio 1:1:3:1:1. Neither library says what it could not
// read; this does. Data Matrix and Aztec have no such squares and are not found here.
#pragma once

#include <array>
#include <vector>

#include "codec/picture/picture.h"
#include "codec/reader/gray_image.h"

namespace cityid {

/// A square that looks like that of a QR code.
struct FinderPattern {
  double x = 0;         ///< of the centre, in pixels
  double y = 0;         ///< of the centre, in pixels
  double module = 0;    ///< the size of a module, in pixels
  bool inverted = false;  ///< light on dark
  double height = 0;      ///< rows of pixels in which it was seen
  int directions = 0;     ///< of four, in which a line through the centre shows the ratio
  bool certain = false;   ///< it does in eight: hardly ever by chance. Never with modules under 3 pixels
};

/// Three squares that stand to each other as those of one QR code.
struct FinderTriple {
  std::array<FinderPattern, 3> patterns;  ///< the corner with the right angle first
  PictureCorners corners{};               ///< of the symbol that they would belong to

  double module() const;
};

/// More patterns than this are a picture of something else, or a trap.
inline constexpr std::size_t kMaxFinderPatterns = 600;

/// What was found in one image.
struct FinderPatterns {
  std::vector<FinderPattern> patterns;  ///< at most `kMaxFinderPatterns`
  bool more = false;  ///< there are more, or the search left out some, or was given up before its end
};

/// Returns the patterns in an image. Takes time in proportion to its pixels. Finds modules of at least
/// about 1.5 pixels. In images over 1.5, 6 and 24 megapixels it looks at every second, third and fourth
/// row, so that a pattern that is turned by 45 degrees must have modules of so many pixels.
FinderPatterns FindFinderPatterns(const GrayImage& image);

/// Returns triples of these patterns, the most regular first; no pattern is in two of them.
std::vector<FinderTriple> FindTriples(const std::vector<FinderPattern>& patterns,
                                      const GrayImage& image);

/// Returns where symbols seem to be of which not all three patterns are to be seen, because of dirt or
/// a reflection: two patterns that fit, or one that is like those of the symbols that were read.
/// `loose`: patterns that belong to no symbol and no triple; `read`: those of symbols.
std::vector<PictureCorners> FindDamaged(const std::vector<FinderPattern>& loose,
                                        const std::vector<FinderPattern>& read,
                                        const GrayImage& image);

}  // namespace cityid

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
  double height = 0;      ///< of the rows in which it was seen, in pixels
  int directions = 0;     ///< of four, in which a line through the centre shows the ratio
};

/// Three squares that stand to each other as those of one QR code.
struct FinderTriple {
  std::array<FinderPattern, 3> patterns;  ///< the corner with the right angle first
  PictureCorners corners{};               ///< of the symbol that they would belong to

  double module() const;
};

/// More patterns than this are a picture of something else, or a trap.
inline constexpr std::size_t kMaxFinderPatterns = 600;

/// Returns the patterns in an image; at most `kMaxFinderPatterns` + 1. Takes time in proportion to
/// its pixels. Finds modules of at least about 1.5 pixels.
std::vector<FinderPattern> FindFinderPatterns(const GrayImage& image);

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

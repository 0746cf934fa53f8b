// What else may be a symbol in a picture from which some were read.
#pragma once

#include <vector>

#include "codec/picture/picture.h"
#include "codec/reader/gray_image.h"

namespace cityid {

/// Paints over a symbol with what is around it. `scale`: pixels of the picture that the corners are
/// of, a pixel of `image`.
void PaintOver(GrayImage& image, const PictureCorners& symbol, double scale);

/// A part of an image, in pixels.
struct Patch {
  int left = 0, top = 0, width = 0, height = 0;
};

/// Returns the parts that are about square and full of light and dark, as symbols are, with some of
/// the ground around them: the largest first, at most 12. `contrast`: how much lighter than its
/// darkest pixel the lightest one of a cell is at least, 1 to 255.
std::vector<Patch> FindPatches(const GrayImage& image, int contrast);

}  // namespace cityid

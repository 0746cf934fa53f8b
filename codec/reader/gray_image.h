// An image as the readers of symbols want it, and what is made of one.
#pragma once

#include <cstdint>

#include "codec/bytes.h"

namespace cityid {

/// 8-bit luminance, row by row.
struct GrayImage {
  int width = 0;
  int height = 0;
  Bytes pixels;  ///< width * height

  std::int64_t size() const { return static_cast<std::int64_t>(width) * height; }
  const std::uint8_t* row(int y) const { return pixels.data() + static_cast<std::ptrdiff_t>(y) * width; }
  std::uint8_t* row(int y) { return pixels.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

/// Returns a black image.
GrayImage Blank(int width, int height);

/// Returns every 2 x 2 pixels as their mean; an odd last row or column is dropped.
GrayImage Halved(const GrayImage& image);

/// Returns light for dark, and dark for light.
GrayImage Inverted(const GrayImage& image);

/// Returns an image of twice the width and height, smooth between the pixels.
GrayImage Doubled(const GrayImage& image);

/// Returns a part of an image. It must lie inside.
GrayImage Cropped(const GrayImage& image, int left, int top, int width, int height);

/// Returns black and white: a pixel is white if it is lighter than what is around it, `radius`
/// pixels to each side, on average. So shadows and reflections do less harm.
GrayImage LocallyThresholded(const GrayImage& image, int radius);

/// Returns the mirror image: left and right change places.
GrayImage Mirrored(const GrayImage& image);

}  // namespace cityid

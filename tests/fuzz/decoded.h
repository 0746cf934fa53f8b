// What must hold of anything that a decoder of pictures gives.
#pragma once

#include <cstdlib>

#include "codec/reader/decode.h"

namespace cityid {

/// Ends the program if an image has other pixels than its size says, or is larger than the bounds.
inline void CheckDecoded(const Result<DecodedImage>& decoded) {
  if (!decoded) return;
  const auto check = [](const GrayImage& image) {
    if (image.width <= 0 || image.height <= 0 || image.size() > kMaxImagePixels ||
        image.pixels.size() != static_cast<std::size_t>(image.size()))
      std::abort();
  };
  check(decoded->image);
  if (decoded->on_black) check(*decoded->on_black);
  if (decoded->orientation < 1 || decoded->orientation > 8) std::abort();
}

}  // namespace cityid

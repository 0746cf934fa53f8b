// Grey PNG files (ISO/IEC 15948).
#pragma once

#include <cstdint>

#include "codec/bytes.h"

namespace cityid {

/// A grey picture, row by row, each row from its left in whole bytes.
struct GreyRows {
  std::uint32_t width = 0, height = 0;  ///< 1 to 2^31 - 1
  int bits = 1;                         ///< a pixel: 1, most significant first, or 8
  Bytes pixels;                         ///< the highest value is white
};

/// Returns the bytes of a row.
inline std::size_t RowSize(const GreyRows& picture) {
  return (std::size_t{picture.width} * static_cast<std::size_t>(picture.bits) + 7) / 8;
}

/// Writes a PNG file. `pixel_mm`: how large a pixel is in print, above 0, which `pHYs` says in
/// whole pixels a metre, 1 to 2^31 - 1. Throws std::invalid_argument if the pixels are not as many
/// as the size says. The same picture gives the same bytes with the same version of zlib.
Bytes WritePng(const GreyRows& picture, double pixel_mm);

}  // namespace cityid

// The adapter for ZXing-cpp, 1.4 to 2.3: QR codes, Data Matrix, Aztec.
#pragma once

#include <vector>

#include "codec/picture/picture.h"
#include "codec/reader/gray_image.h"

namespace cityid {

/// Returns the symbols in an image. Costs the more, the more patterns there are that look like
/// those of a QR code, up to minutes. Throws std::bad_alloc.
std::vector<PictureSymbol> ReadWithZxing(const GrayImage& image);

/// True if ZXing itself looks for symbols that are light on dark.
bool ZxingReadsInverted();

}  // namespace cityid

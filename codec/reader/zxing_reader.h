// The adapter for ZXing-cpp, 1.4 to 2.3: QR codes, Data Matrix, Aztec.
#pragma once

#include <optional>
#include <vector>

#include "codec/picture/picture.h"
#include "codec/reader/gray_image.h"

namespace cityid {

/// Returns the symbols in an image. Looking for QR codes costs the more, the more patterns there are
/// that look like theirs, up to minutes: `qr` says whether to. Nothing if the library gave up over the
/// image: that says nothing of what is in it. Throws std::bad_alloc.
std::optional<std::vector<PictureSymbol>> ReadWithZxing(const GrayImage& image, bool qr = true);

/// True if ZXing itself looks for symbols that are light on dark.
bool ZxingReadsInverted();

}  // namespace cityid

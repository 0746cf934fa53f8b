// Reading 2D symbols from images: PNG and JPEG in, contents out.
#pragma once

#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// An image as the reader wants it: 8-bit luminance, row by row.
struct GrayImage {
  int width = 0;
  int height = 0;
  Bytes pixels;  ///< width * height
};

/// Bounds that are checked before anything is allocated for pixels.
inline constexpr std::size_t kMaxImageFile = std::size_t{32} << 20;
inline constexpr int kMaxImageSide = 16384;
inline constexpr std::size_t kMaxImagePixels = 50'000'000;

/// Decodes PNG or JPEG, told apart by their first bytes; transparency is put on white. Sizes are
/// taken from the header and bounded first. Errors: kUnsupported for another kind of file;
/// kTooLarge; kMalformed for a damaged or truncated image.
Result<GrayImage> DecodeImage(ByteView file);

/// One symbol that was found.
struct Symbol {
  std::string format;  ///< "QRCode", "DataMatrix", "Aztec"
  Bytes content;       ///< the raw bytes of the symbol, no character set applied
};

/// QR codes, Data Matrix and Aztec symbols in the image, at most 32, none if there is none. An
/// image of over 4 megapixels is read at half its size first, and in full only if nothing was
/// found: small symbols beside a large one may be missed, and so may symbols of a sheet of many.
/// Nothing is verified. Costs more than its size says for a picture made to be expensive: bound the
/// time of images that strangers send.
std::vector<Symbol> ReadSymbols(const GrayImage& image);

}  // namespace cityid

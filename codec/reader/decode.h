// Files of pictures to luminance. Sizes are taken from the header, and are bounded before memory is
// taken for pixels.
#pragma once

#include <optional>

#include "codec/bytes.h"
#include "codec/reader/gray_image.h"
#include "codec/result.h"

namespace cityid {

/// Bounds of what is decoded in full.
inline constexpr int kMaxImageSide = 16384;
inline constexpr std::int64_t kMaxImagePixels = 64'000'000;
/// Bounds of a JPEG that is decoded at a fraction of its size.
inline constexpr int kMaxReducedSide = 32768;
inline constexpr std::int64_t kMaxReducedPixels = 256'000'000;

/// A picture that was decoded.
struct DecodedImage {
  GrayImage image;                    ///< transparency stands on white
  std::optional<GrayImage> on_black;  ///< the same with transparency on black, if there is any
  int reduced = 1;                    ///< every side has this fraction of the file's: 1, 2, 4, 8
  int orientation = 1;                ///< as EXIF says, 1 to 8: how the image is to be shown
  bool cut_off = false;               ///< pixels are missing or damaged
  bool more_frames = false;           ///< the picture moves; this is its first frame

  /// Makes room for the picture on black.
  void AddOnBlack() { on_black = Blank(image.width, image.height); }

  /// Sets a pixel on each background, by its luminance and its opacity.
  void Set(int x, int y, unsigned luminance, unsigned alpha) {
    const auto in_front_of = [&](unsigned background) {
      return static_cast<std::uint8_t>((luminance * alpha + background * (255 - alpha) + 127) /
                                       255);
    };
    image.row(y)[x] = in_front_of(255);
    if (on_black) on_black->row(y)[x] = in_front_of(0);
  }
};

/// Decodes PNG, JPEG, WebP, GIF, of moving ones the first frame, or PGM, told apart by the first
/// bytes. A JPEG that is cut off or damaged is decoded as far as it goes; other files must be
/// whole. Errors: kUnsupported for another kind of file; kTooLarge; kMalformed.
Result<DecodedImage> DecodeImage(ByteView file);

/// The same for one kind of file.
Result<DecodedImage> DecodePng(ByteView file);
Result<DecodedImage> DecodeJpeg(ByteView file);
Result<DecodedImage> DecodeWebp(ByteView file);
Result<DecodedImage> DecodeGif(ByteView file);
Result<DecodedImage> DecodePgm(ByteView file);

/// Returns a black picture of a size that a header gave. Errors: kMalformed for no pixels;
/// kTooLarge.
Result<DecodedImage> CheckedBlank(std::int64_t width, std::int64_t height);

/// Returns the luminance (ITU-R BT.601) of a colour.
inline std::uint8_t Luminance(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((306 * red + 601 * green + 117 * blue + 512) >> 10);
}

}  // namespace cityid

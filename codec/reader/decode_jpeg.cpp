// JPEG (ISO/IEC 10918-1) with libturbojpeg.
#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <new>

#include "codec/reader/decode.h"
#include "codec/reader/orientation.h"

namespace cityid {
namespace {

struct JpegDestroy {
  void operator()(void* jpeg) const { tjDestroy(jpeg); }
};

struct Header {
  int width = 0, height = 0, subsampling = 0, colors = 0;
};

Error JpegError(tjhandle jpeg) {
  return Error{Errc::kMalformed, std::string("jpeg: ") + tjGetErrorStr2(jpeg)};
}

/// Returns true for warnings of what cameras and programs really write, and what costs no pixel. Only
/// the first warning is known, so the file must have an end besides.
bool IsHarmless(std::string_view warning, ByteView file) {
  const std::size_t end = AsText(file).rfind("\xff\xd9");
  return end != std::string_view::npos && end > file.size() / 2 &&
         (warning.find("extraneous bytes") != std::string_view::npos ||
          warning.find("Invalid SOS parameters") != std::string_view::npos);
}

/// Returns 1, 2, 4 or 8: the fraction at which a picture has as many pixels as are decoded, and a
/// side not over its bound. Errors: kTooLarge; kMalformed.
Result<int> FractionFor(const Header& header) {
  const std::int64_t width = header.width;
  const std::int64_t height = header.height;
  if (width <= 0 || height <= 0) return Error{Errc::kMalformed, "image: no pixels"};
  if (width > kMaxReducedSide || height > kMaxReducedSide || width * height > kMaxReducedPixels)
    return Error{Errc::kTooLarge, "image: too many pixels"};
  int fraction = 1;
  while ((width * height) / (fraction * fraction) > kMaxImagePixels ||
         std::max(width, height) / fraction > kMaxImageSide) {
    fraction *= 2;
  }
  return fraction;
}

/// Returns true for a file whose coefficients are all kept in memory until its end.
bool IsProgressive(ByteView file) {
  // The frame header says it: the first marker of the kinds C0 to CF that is no table.
  for (std::size_t at = 2; at + 4 <= file.size();) {
    if (file[at] != 0xFF) return false;
    const unsigned marker = file[at + 1];
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == 0xC2 || marker == 0xCA || marker == 0xC6 || marker == 0xCE) return true;
    if (marker == 0xC0 || marker == 0xC1 || marker == 0xDA) return false;
    at += 2 + ReadBigEndian(file.subspan(at + 2, 2));
  }
  return false;
}

/// Returns the luminance of pixels of four inks, as Adobe writes them: 255 is no ink.
void InksToLuminance(ByteView inks, GrayImage& image) {
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const std::uint8_t* ink = &inks[i * 4];
    image.pixels[i] =
        static_cast<std::uint8_t>((Luminance(ink[0], ink[1], ink[2]) * ink[3] + 127) / 255);
  }
}

}  // namespace

Result<DecodedImage> DecodeJpeg(ByteView given) {
  const std::unique_ptr<void, JpegDestroy> jpeg(tjInitDecompress());
  if (!jpeg) throw std::bad_alloc();
  // With an end of its own a file that only misses its end marker is decoded without a warning, and
  // one that misses pixels is not.
  Bytes file = ToBytes(given);
  file.insert(file.end(), {0xFF, 0xD9});
  const auto size = static_cast<unsigned long>(file.size());
  Header header;
  if (tjDecompressHeader3(jpeg.get(), file.data(), size, &header.width, &header.height,
                          &header.subsampling, &header.colors)) {
    if (tjGetErrorCode(jpeg.get()) == TJERR_FATAL) return JpegError(jpeg.get());
  }
  const auto fraction = FractionFor(header);
  if (!fraction) return fraction.error();
  if (IsProgressive(file) &&
      static_cast<std::int64_t>(header.width) * header.height > kMaxImagePixels)
    return Error{Errc::kTooLarge, "image: too many pixels"};

  DecodedImage decoded;
  decoded.reduced = *fraction;
  const tjscalingfactor factor{1, *fraction};
  auto image = CheckedBlank(TJSCALED(header.width, factor), TJSCALED(header.height, factor));
  if (!image) return image.error();
  decoded.image = *std::move(image);
  const bool inks = header.colors == TJCS_CMYK || header.colors == TJCS_YCCK;
  Bytes four(inks ? decoded.image.pixels.size() * 4 : 0);
  // Thousands of progressive scans of a few bytes each would go over every pixel.
  const int status = tjDecompress2(jpeg.get(), file.data(), size,
                                   inks ? four.data() : decoded.image.pixels.data(),
                                   decoded.image.width, 0, decoded.image.height,
                                   inks ? TJPF_CMYK : TJPF_GRAY, TJFLAG_LIMITSCANS);
  if (status && tjGetErrorCode(jpeg.get()) == TJERR_FATAL) return JpegError(jpeg.get());
  decoded.cut_off = status != 0 && !IsHarmless(tjGetErrorStr2(jpeg.get()), given);
  if (inks) InksToLuminance(four, decoded.image);
  decoded.orientation = OrientationIn(given);
  return decoded;
}

}  // namespace cityid

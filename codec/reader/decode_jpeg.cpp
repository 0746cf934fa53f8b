// JPEG (ISO/IEC 10918-1) with libturbojpeg.
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <new>
#include <string_view>

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

/// What of a file's markers matters here.
struct Layout {
  bool progressive = false;    // its coefficients are all kept in memory until its end
  bool sequential = false;     // each scan has all coefficients of its components
  std::size_t parameters = 0;  // where the first scan's header has its last three bytes; 0: nowhere
  bool has_end = false;
  std::size_t end = 0;  // where the marker of the end is
};

/// Finds the frame header, the first of the markers C0 to CF that is no table, the first scan, and
/// the end behind it: a small picture within the file's header has an end of its own.
Layout LayoutOf(ByteView file) {
  Layout layout;
  for (std::size_t at = 2; at + 4 <= file.size();) {
    if (file[at] != 0xFF) return layout;
    const unsigned marker = file[at + 1];
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::size_t next = at + 2 + ReadBigEndian(file.subspan(at + 2, 2));
    if (marker == 0xC2 || marker == 0xCA || marker == 0xC6 || marker == 0xCE)
      layout.progressive = true;
    if (marker == 0xC0 || marker == 0xC1 || marker == 0xC9) layout.sequential = true;
    if (marker == 0xDA) {
      if (next > file.size() || next < at + 8) return layout;
      layout.parameters = next - 3;
      layout.end = AsText(file).find("\xff\xd9", next);
      layout.has_end = layout.end != std::string_view::npos;
      return layout;
    }
    at = next;
  }
  return layout;
}

/// Returns true for a warning of bytes before the end that fill it up: one or two bytes over and
/// over, which begin where the pixels end. When a damaged file's pixels seem to end too early,
/// bytes are left over, too.
bool IsPadding(std::string_view warning, ByteView file, const Layout& layout) {
  static constexpr std::string_view kBefore = "Corrupt JPEG data: ";
  static constexpr std::string_view kBehind = " extraneous bytes before marker 0xd9";
  // The decoder may have taken so many of them before it was done with the pixels.
  static constexpr std::size_t kAhead = 9;
  if (!layout.has_end || !warning.starts_with(kBefore)) return false;
  warning.remove_prefix(kBefore.size());
  std::size_t count = 0;
  const auto [rest, error] =
      std::from_chars(warning.data(), warning.data() + warning.size(), count);
  if (error != std::errc() ||
      warning.substr(static_cast<std::size_t>(rest - warning.data())) != kBehind)
    return false;
  std::size_t run = std::min<std::size_t>(2, layout.end);
  while (run < layout.end && file[layout.end - run - 1] == file[layout.end - run + 1]) ++run;
  return run >= count && run <= count + kAhead;
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
  const Layout layout = LayoutOf(given);
  // Some cameras don't write the only values that this kind of file may have there. The decoder
  // warns of that, and of one thing only: a fault behind it would go by unseen.
  if (layout.parameters != 0 && layout.sequential)
    std::ranges::copy(std::array<std::uint8_t, 3>{0, 63, 0},
                      file.begin() + static_cast<std::ptrdiff_t>(layout.parameters));
  const auto size = static_cast<unsigned long>(file.size());
  Header header;
  if (tjDecompressHeader3(jpeg.get(), file.data(), size, &header.width, &header.height,
                          &header.subsampling, &header.colors)) {
    if (tjGetErrorCode(jpeg.get()) == TJERR_FATAL) return JpegError(jpeg.get());
  }
  const auto fraction = FractionFor(header);
  if (!fraction) return fraction.error();
  if (layout.progressive &&
      static_cast<std::int64_t>(header.width) * header.height > kMaxImagePixels)
    return Error{Errc::kTooLarge, "image: too many pixels"};

  const tjscalingfactor factor{1, *fraction};
  auto decoded = CheckedBlank(TJSCALED(header.width, factor), TJSCALED(header.height, factor));
  if (!decoded) return decoded;
  decoded->reduced = *fraction;
  GrayImage& image = decoded->image;
  const bool inks = header.colors == TJCS_CMYK || header.colors == TJCS_YCCK;
  Bytes four(inks ? image.pixels.size() * 4 : 0);
  // Thousands of progressive scans of a few bytes each would go over every pixel.
  const int status =
      tjDecompress2(jpeg.get(), file.data(), size, inks ? four.data() : image.pixels.data(),
                    image.width, 0, image.height, inks ? TJPF_CMYK : TJPF_GRAY, TJFLAG_LIMITSCANS);
  if (status && tjGetErrorCode(jpeg.get()) == TJERR_FATAL) return JpegError(jpeg.get());
  // A progressive file that ends between two scans is a whole picture, but a coarse one.
  decoded->cut_off = (status != 0 && !IsPadding(tjGetErrorStr2(jpeg.get()), given, layout)) ||
                     (layout.progressive && !layout.has_end);
  if (inks) InksToLuminance(four, image);
  decoded->orientation = OrientationIn(given);
  return decoded;
}

}  // namespace cityid

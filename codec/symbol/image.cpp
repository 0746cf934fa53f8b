// PNG and JPEG files to luminance (codec/symbol/read.h).
#include <spng.h>
#include <turbojpeg.h>

#include <memory>
#include <new>

#include "codec/symbol/read.h"

namespace cityid {
namespace {

constexpr std::uint8_t kPngSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::uint8_t kJpegSignature[] = {0xff, 0xd8, 0xff};

// Of profiles and texts inside a PNG, once inflated: one chunk, and all together.
constexpr std::size_t kMaxChunk = std::size_t{8} << 20;
constexpr std::size_t kMaxChunks = std::size_t{16} << 20;

bool StartsWith(ByteView file, ByteView signature) {
  return file.size() >= signature.size() && Equal(file.first(signature.size()), signature);
}

Error TooLarge() { return Error{Errc::kTooLarge, "image: too many pixels"}; }

/// An image of a size that was checked.
Result<GrayImage> Allocate(std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0) return Error{Errc::kMalformed, "image: no pixels"};
  if (width > kMaxImageSide || height > kMaxImageSide || width * height > kMaxImagePixels) {
    return TooLarge();
  }
  return GrayImage{static_cast<int>(width), static_cast<int>(height), Bytes(width * height)};
}

struct PngFree {
  void operator()(spng_ctx* png) const { spng_ctx_free(png); }
};
struct JpegDestroy {
  void operator()(void* jpeg) const { tjDestroy(jpeg); }
};

Error PngError(int status) {
  switch (status) {
    case SPNG_EMEM:
      throw std::bad_alloc();
    case SPNG_EUSER_WIDTH:
    case SPNG_EUSER_HEIGHT:
      return TooLarge();
    case SPNG_ECHUNK_LIMITS:
      return Error{Errc::kTooLarge, "png: oversized chunk"};
    case SPNG_IO_EOF:
      return Error{Errc::kMalformed, "png: truncated"};
    default:
      return Error{Errc::kMalformed, std::string("png: ") + spng_strerror(status)};
  }
}

/// The luminance of Rec. 601 of one RGBA pixel in front of white.
std::uint8_t LuminanceOnWhite(const std::uint8_t* rgba) {
  const unsigned luminance = (306U * rgba[0] + 601U * rgba[1] + 117U * rgba[2] + 512) >> 10;
  const unsigned alpha = rgba[3];
  return static_cast<std::uint8_t>((luminance * alpha + 255 * (255 - alpha) + 127) / 255);
}

/// Decodes row by row, so that there is never a whole image of four channels.
int DecodePngRows(spng_ctx* png, GrayImage& image) {
  // Where the pixels of an interlaced pass lie in a row (ISO/IEC 15948 8.2).
  static constexpr std::size_t kFirst[] = {0, 4, 0, 2, 0, 1, 0};
  static constexpr std::size_t kStep[] = {8, 8, 4, 4, 2, 2, 1};
  spng_ihdr header{};
  if (const int status = spng_get_ihdr(png, &header)) return status;
  const auto width = static_cast<std::size_t>(image.width);
  Bytes rgba(width * 4);
  int status = 0;
  while (status == 0) {
    spng_row_info row{};
    status = spng_get_row_info(png, &row);
    if (status) break;
    status = spng_decode_row(png, rgba.data(), rgba.size());
    if (status && status != SPNG_EOI) break;
    const bool interlaced = header.interlace_method != SPNG_INTERLACE_NONE;
    const std::size_t step = interlaced ? kStep[row.pass] : 1;
    std::uint8_t* out = image.pixels.data() + row.row_num * width;
    for (std::size_t x = interlaced ? kFirst[row.pass] : 0; x < width; x += step) {
      out[x] = LuminanceOnWhite(&rgba[x * 4]);
    }
  }
  return status == SPNG_EOI ? 0 : status;
}

Result<GrayImage> DecodePng(ByteView file) {
  const std::unique_ptr<spng_ctx, PngFree> png(spng_ctx_new(0));
  if (!png) throw std::bad_alloc();
  int status = spng_set_image_limits(png.get(), kMaxImageSide, kMaxImageSide);
  if (!status) status = spng_set_chunk_limits(png.get(), kMaxChunk, kMaxChunks);
  if (!status) status = spng_set_png_buffer(png.get(), file.data(), file.size());
  spng_ihdr header{};
  if (!status) status = spng_get_ihdr(png.get(), &header);
  if (status) return PngError(status);

  auto image = Allocate(header.width, header.height);
  if (!image) return image;
  status = spng_decode_image(png.get(), nullptr, 0, SPNG_FMT_RGBA8,
                             SPNG_DECODE_TRNS | SPNG_DECODE_PROGRESSIVE);
  if (!status) status = DecodePngRows(png.get(), *image);
  // To the end: a file without its last chunk is truncated too.
  if (!status) status = spng_decode_chunks(png.get());
  if (status) return PngError(status);
  return image;
}

Error JpegError(tjhandle jpeg) {
  const std::string reason = tjGetErrorStr2(jpeg);
  if (reason.find("Premature end") != std::string::npos) {
    return Error{Errc::kMalformed, "jpeg: truncated"};
  }
  return Error{Errc::kMalformed, "jpeg: " + reason};
}

Result<GrayImage> DecodeJpeg(ByteView file) {
  const std::unique_ptr<void, JpegDestroy> jpeg(tjInitDecompress());
  if (!jpeg) throw std::bad_alloc();
  const auto size = static_cast<unsigned long>(file.size());
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int color_space = 0;
  if (tjDecompressHeader3(jpeg.get(), file.data(), size, &width, &height, &subsampling,
                          &color_space)) {
    return JpegError(jpeg.get());
  }
  if (color_space == TJCS_CMYK || color_space == TJCS_YCCK) {
    return Error{Errc::kUnsupported, "jpeg: CMYK"};
  }
  auto image = Allocate(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height));
  if (!image) return image;
  // Without the first, a cut file is decoded to the end that it does not have before it is refused.
  // Without the second, thousands of progressive scans of a few bytes each go over every pixel.
  const int flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
  if (tjDecompress2(jpeg.get(), file.data(), size, image->pixels.data(), width, 0, height,
                    TJPF_GRAY, flags)) {
    return JpegError(jpeg.get());
  }
  return image;
}

}  // namespace

Result<GrayImage> DecodeImage(ByteView file) {
  if (file.size() > kMaxImageFile) return Error{Errc::kTooLarge, "image: file over 32 MiB"};
  if (StartsWith(file, kPngSignature)) return DecodePng(file);
  if (StartsWith(file, kJpegSignature)) return DecodeJpeg(file);
  return Error{Errc::kUnsupported, "image: neither PNG nor JPEG"};
}

}  // namespace cityid

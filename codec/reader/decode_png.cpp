// PNG (ISO/IEC 15948) with libspng.
#include <spng.h>

#include <memory>
#include <new>

#include "codec/reader/decode.h"
#include "codec/reader/orientation.h"

namespace cityid {
namespace {

// Of profiles and texts inside a PNG, once inflated: one chunk, and all together.
constexpr std::size_t kMaxChunk = std::size_t{8} << 20;
constexpr std::size_t kMaxChunks = std::size_t{16} << 20;

struct PngFree {
  void operator()(spng_ctx* png) const { spng_ctx_free(png); }
};

Error PngError(int status) {
  switch (status) {
    case SPNG_EMEM:
      throw std::bad_alloc();
    case SPNG_EUSER_WIDTH:
    case SPNG_EUSER_HEIGHT:
      return Error{Errc::kTooLarge, "image: too many pixels"};
    case SPNG_ECHUNK_LIMITS:
      return Error{Errc::kTooLarge, "png: oversized chunk"};
    case SPNG_IO_EOF:
      return Error{Errc::kMalformed, "png: truncated"};
    default:
      return Error{Errc::kMalformed, std::string("png: ") + spng_strerror(status)};
  }
}

/// Decodes row by row, so that there is never a whole image of four channels.
int DecodeRows(spng_ctx* png, DecodedImage& decoded) {
  // Where the pixels of an interlaced pass lie in a row (clause 8.2).
  static constexpr int kFirst[] = {0, 4, 0, 2, 0, 1, 0};
  static constexpr int kStep[] = {8, 8, 4, 4, 2, 2, 1};
  spng_ihdr header{};
  if (const int status = spng_get_ihdr(png, &header)) return status;
  const bool interlaced = header.interlace_method != SPNG_INTERLACE_NONE;
  const int width = decoded.image.width;
  Bytes rgba(static_cast<std::size_t>(width) * 4);
  int status = 0;
  while (status == 0) {
    spng_row_info info{};
    status = spng_get_row_info(png, &info);
    if (status) break;
    status = spng_decode_row(png, rgba.data(), rgba.size());
    if (status && status != SPNG_EOI) break;
    const int step = interlaced ? kStep[info.pass] : 1;
    for (int x = interlaced ? kFirst[info.pass] : 0; x < width; x += step) {
      const std::uint8_t* pixel = &rgba[static_cast<std::size_t>(x) * 4];
      decoded.Set(x, static_cast<int>(info.row_num), Luminance(pixel[0], pixel[1], pixel[2]),
                  pixel[3]);
    }
  }
  return status == SPNG_EOI ? 0 : status;
}

bool HasTransparency(spng_ctx* png, const spng_ihdr& header) {
  spng_trns transparency{};
  return header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
         header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ||
         spng_get_trns(png, &transparency) == 0;
}

/// Returns true for a picture that moves: a chunk before the pixels says how many frames there are
/// (PNG, third edition, 11.3.6.1).
bool Moves(ByteView file) {
  constexpr std::size_t kHead = 8;  // length and type
  constexpr std::size_t kCheck = 4;
  for (std::size_t at = kHead; at + kHead + kCheck <= file.size();) {
    const std::string_view type = AsText(file.subspan(at + 4, 4));
    if (type == "IDAT") return false;
    if (type == "acTL") return ReadBigEndian(file.subspan(at + kHead, 4)) > 1;
    at += kHead + static_cast<std::size_t>(ReadBigEndian(file.subspan(at, 4))) + kCheck;
  }
  return false;
}

}  // namespace

Result<DecodedImage> DecodePng(ByteView file) {
  const std::unique_ptr<spng_ctx, PngFree> png(spng_ctx_new(0));
  if (!png) throw std::bad_alloc();
  // Of a side, so that the pixels are what is counted.
  int status = spng_set_image_limits(png.get(), kMaxImageSide, kMaxImageSide);
  if (!status) status = spng_set_chunk_limits(png.get(), kMaxChunk, kMaxChunks);
  if (!status) status = spng_set_crc_action(png.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
  if (!status) status = spng_set_png_buffer(png.get(), file.data(), file.size());
  spng_ihdr header{};
  if (!status) status = spng_get_ihdr(png.get(), &header);
  if (status) return PngError(status);

  auto decoded = CheckedBlank(header.width, header.height);
  if (!decoded) return decoded;
  status = spng_decode_image(png.get(), nullptr, 0, SPNG_FMT_RGBA8,
                             SPNG_DECODE_TRNS | SPNG_DECODE_PROGRESSIVE);
  if (status) return PngError(status);
  if (HasTransparency(png.get(), header)) decoded->AddOnBlack();
  status = DecodeRows(png.get(), *decoded);
  // To the end: a file without its last chunk is cut off, too.
  if (!status) status = spng_decode_chunks(png.get());
  if (status) return PngError(status);
  decoded->more_frames = Moves(file);
  spng_exif exif{};
  if (spng_get_exif(png.get(), &exif) == 0)
    decoded->orientation =
        OrientationIn(ByteView(reinterpret_cast<const std::uint8_t*>(exif.data), exif.length));
  return decoded;
}

}  // namespace cityid

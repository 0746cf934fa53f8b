#include "codec/symbol/png.h"

#include <zlib.h>

#include <cmath>
#include <new>
#include <stdexcept>

namespace cityid {
namespace {

void PutBigEndian(Bytes& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(number >> shift));
}

/// Appends a chunk: length, type, content, and the check over the last two.
void PutChunk(Bytes& out, std::string_view type, ByteView content) {
  PutBigEndian(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t begin = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), content.begin(), content.end());
  PutBigEndian(out, static_cast<std::uint32_t>(
                        ::crc32(0, &out[begin], static_cast<uInt>(out.size() - begin))));
}

/// Compresses the rows, each after a zero byte: none is filtered.
Bytes Compress(const GreyRows& picture) {
  const std::size_t size = RowSize(picture);
  z_stream stream{};
  if (::deflateInit(&stream, Z_BEST_COMPRESSION) != Z_OK) throw std::bad_alloc();
  Bytes packed(::deflateBound(&stream, static_cast<uLong>((size + 1) * picture.height)));
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  const auto put = [&stream](const std::uint8_t* data, std::size_t length, int flush) {
    stream.next_in = const_cast<std::uint8_t*>(data);  // zlib only reads it
    stream.avail_in = static_cast<uInt>(length);
    ::deflate(&stream, flush);
  };
  constexpr std::uint8_t kNoFilter = 0;
  for (std::size_t row = 0; row < picture.height; ++row) {
    put(&kNoFilter, 1, Z_NO_FLUSH);
    put(&picture.pixels[row * size], size, Z_NO_FLUSH);
  }
  put(nullptr, 0, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

}  // namespace

Bytes WritePng(const GreyRows& picture, double pixel_mm) {
  if (picture.pixels.empty() || picture.pixels.size() != RowSize(picture) * picture.height)
    throw std::invalid_argument("png: pixels do not match the size");
  Bytes header;
  PutBigEndian(header, picture.width);
  PutBigEndian(header, picture.height);
  // Grey, and the only methods of compression, filters and interlacing that are wanted.
  header.insert(header.end(), {static_cast<std::uint8_t>(picture.bits), 0, 0, 0, 0});
  Bytes density;
  const auto a_metre = static_cast<std::uint32_t>(std::lround(1000 / pixel_mm));
  PutBigEndian(density, a_metre);
  PutBigEndian(density, a_metre);
  density.push_back(1);  // the unit is the metre

  Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  PutChunk(file, "IHDR", header);
  PutChunk(file, "pHYs", density);
  PutChunk(file, "IDAT", Compress(picture));
  PutChunk(file, "IEND", {});
  return file;
}

}  // namespace cityid

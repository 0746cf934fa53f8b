#include "codec/symbol/png.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <stdexcept>

namespace cityid {
namespace {

constexpr double kMostAMetre = 0x7fffffff;  // a PNG has no larger numbers

/// Appends a chunk: length, type, content, and the check over the last two.
void PutChunk(Bytes& out, std::string_view type, ByteView content) {
  AppendBigEndian(out, content.size(), 4);
  const std::size_t begin = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), content.begin(), content.end());
  AppendBigEndian(out, ::crc32(0, &out[begin], static_cast<uInt>(out.size() - begin)), 4);
}

/// Compresses the rows, each as its difference from the row above (filter type 2): most rows of a
/// symbol are the same as the one above, and zeros are packed fast.
Bytes Compress(const GreyRows& picture) {
  const std::size_t size = RowSize(picture);
  z_stream stream{};
  if (::deflateInit(&stream, Z_DEFAULT_COMPRESSION) != Z_OK) throw std::bad_alloc();
  Bytes packed(::deflateBound(&stream, static_cast<uLong>((size + 1) * picture.height)));
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  Bytes line(1 + size, 2);
  for (std::size_t row = 0; row < picture.height; ++row) {
    const std::uint8_t* here = &picture.pixels[row * size];
    for (std::size_t i = 0; i < size; ++i)
      line[1 + i] = static_cast<std::uint8_t>(here[i] - (row == 0 ? 0 : *(here + i - size)));
    stream.next_in = line.data();
    stream.avail_in = static_cast<uInt>(line.size());
    ::deflate(&stream, Z_NO_FLUSH);
  }
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

}  // namespace

Bytes WritePng(const GreyRows& picture, double pixel_mm) {
  if (picture.pixels.empty() || picture.pixels.size() != RowSize(picture) * picture.height)
    throw std::invalid_argument("png: pixels do not match the size");
  Bytes header;
  AppendBigEndian(header, picture.width, 4);
  AppendBigEndian(header, picture.height, 4);
  // Grey, and the only methods of compression, filters and interlacing that are wanted.
  header.insert(header.end(), {static_cast<std::uint8_t>(picture.bits), 0, 0, 0, 0});
  Bytes density;
  const auto a_metre =
      static_cast<std::uint32_t>(std::lround(std::clamp(1000 / pixel_mm, 1.0, kMostAMetre)));
  AppendBigEndian(density, a_metre, 4);
  AppendBigEndian(density, a_metre, 4);
  density.push_back(1);  // the unit is the metre

  Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  PutChunk(file, "IHDR", header);
  PutChunk(file, "pHYs", density);
  PutChunk(file, "IDAT", Compress(picture));
  PutChunk(file, "IEND", {});
  return file;
}

}  // namespace cityid

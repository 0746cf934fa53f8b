#include "codec/reader/orientation.h"

#include <libexif/exif-data.h>

#include <memory>

namespace cityid {
namespace {

/// A block of EXIF has at most 64 KiB, and its tags are near its beginning.
constexpr std::size_t kMaxExif = std::size_t{256} << 10;

struct ExifFree {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};

}  // namespace

int OrientationIn(ByteView data) {
  // A block without the name that a JPEG puts before it gets one.
  Bytes block;
  if (data.size() >= 4 && (data[0] == 'I' || data[0] == 'M')) {
    block = ToBytes(AsBytes("Exif"));
    block.insert(block.end(), 2, 0);
    Append(block, data.first(std::min(data.size(), kMaxExif)));
    data = block;
  }
  data = data.first(std::min(data.size(), kMaxExif));
  const std::unique_ptr<ExifData, ExifFree> exif(
      exif_data_new_from_data(data.data(), static_cast<unsigned>(data.size())));
  if (!exif) return 1;
  const ExifEntry* entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(exif.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

PicturePoint AsShown(PicturePoint point, int width, int height, int orientation) {
  const std::int32_t right = width - 1 - point.x;
  const std::int32_t below = height - 1 - point.y;
  switch (orientation) {
    case 2:
      return {right, point.y};
    case 3:
      return {right, below};
    case 4:
      return {point.x, below};
    case 5:
      return {point.y, point.x};
    case 6:
      return {below, point.x};
    case 7:
      return {below, right};
    case 8:
      return {point.y, right};
    default:
      return point;
  }
}

}  // namespace cityid

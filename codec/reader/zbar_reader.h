// The adapter for zbar 0.23: QR codes. It finds many on a sheet, on bent surfaces, and pale ones.
#pragma once

#include <optional>
#include <vector>

#include "codec/picture/picture.h"
#include "codec/reader/gray_image.h"

namespace zbar {
struct zbar_image_scanner_s;
}

namespace cityid {

/// Used by one thread.
class ZbarReader {
 public:
  /// Opens the tables of character sets that zbar needs, which is no longer possible in the
  /// sandbox. Throws std::bad_alloc.
  ZbarReader();
  ~ZbarReader();
  ZbarReader(const ZbarReader&) = delete;
  ZbarReader& operator=(const ZbarReader&) = delete;

  /// Returns the QR codes in an image, dark on light, or light on dark if there is none. Nothing if
  /// the library gave up over it.
  std::optional<std::vector<PictureSymbol>> Read(const GrayImage& image);

 private:
  zbar::zbar_image_scanner_s* scanner_;
  std::vector<void*> tables_;
};

}  // namespace cityid

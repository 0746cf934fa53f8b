#include "codec/reader/zbar_reader.h"

#include <iconv.h>
#include <zbar.h>

#include <algorithm>
#include <memory>
#include <new>

namespace cityid {
namespace {

using namespace zbar;  // NOLINT: a library of C, in a namespace for C++

struct ImageDestroy {
  void operator()(zbar_image_t* image) const { zbar_image_destroy(image); }
};

constexpr unsigned long kGray = 'Y' | '8' << 8 | '0' << 16 | '0' << 24;

/// zbar gives the outline of a QR code as its four corners.
PictureCorners CornersOf(const zbar_symbol_t* symbol) {
  PictureCorners corners{};
  const unsigned count = zbar_symbol_get_loc_size(symbol);
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned at = std::min(i, count == 0 ? 0 : count - 1);
    corners[i] = {zbar_symbol_get_loc_x(symbol, at), zbar_symbol_get_loc_y(symbol, at)};
  }
  return corners;
}

}  // namespace

ZbarReader::ZbarReader() : scanner_(zbar_image_scanner_create()) {
  if (scanner_ == nullptr) throw std::bad_alloc();
  zbar_image_scanner_set_config(scanner_, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
  zbar_image_scanner_set_config(scanner_, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
  // Or bytes would be converted to another character set.
  zbar_image_scanner_set_config(scanner_, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
  zbar_image_scanner_set_config(scanner_, ZBAR_NONE, ZBAR_CFG_TEST_INVERTED, 1);
  for (const char* from : {"ISO8859-1", "SJIS", "BIG-5", "CP437"}) {
    if (const iconv_t table = iconv_open("UTF-8", from); table != iconv_t(-1)) tables_.push_back(table);
  }
}

ZbarReader::~ZbarReader() {
  for (void* table : tables_) iconv_close(table);
  zbar_image_scanner_destroy(scanner_);
}

std::vector<PictureSymbol> ZbarReader::Read(const GrayImage& image) {
  std::vector<PictureSymbol> symbols;
  if (image.width <= 0 || image.height <= 0) return symbols;
  const std::unique_ptr<zbar_image_t, ImageDestroy> view(zbar_image_create());
  if (!view) throw std::bad_alloc();
  zbar_image_set_format(view.get(), kGray);
  zbar_image_set_size(view.get(), static_cast<unsigned>(image.width),
                      static_cast<unsigned>(image.height));
  zbar_image_set_data(view.get(), image.pixels.data(), image.pixels.size(), nullptr);
  if (zbar_scan_image(scanner_, view.get()) < 0) return symbols;
  for (const zbar_symbol_t* found = zbar_image_first_symbol(view.get()); found != nullptr;
       found = zbar_symbol_next(found)) {
    const unsigned size = zbar_symbol_get_data_length(found);
    if (zbar_symbol_get_type(found) != ZBAR_QRCODE || size == 0) continue;
    const auto* data = reinterpret_cast<const std::uint8_t*>(zbar_symbol_get_data(found));
    symbols.push_back({SymbolFormat::kQrCode, Bytes(data, data + size), CornersOf(found)});
  }
  return symbols;
}

}  // namespace cityid

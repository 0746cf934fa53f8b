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

/// Adds a QR code. A text that is spread over several of them (ISO/IEC 18004 clause 8) is one symbol
/// for zbar, as large as all that lies between; its parts are added instead, each at its place.
void AddSymbol(const zbar_symbol_t* found, std::vector<PictureSymbol>& symbols) {
  if (const zbar_symbol_t* part = zbar_symbol_first_component(found); part != nullptr) {
    for (; part != nullptr; part = zbar_symbol_next(part)) AddSymbol(part, symbols);
    return;
  }
  unsigned size = zbar_symbol_get_data_length(found);
  if (zbar_symbol_get_type(found) != ZBAR_QRCODE || size == 0) return;
  // zbar 0.23 gives every part but the last one byte too few.
  const zbar_symbol_t* next = zbar_symbol_next(found);
  if (next != nullptr && zbar_symbol_get_data(next) == zbar_symbol_get_data(found) + size + 1) ++size;
  const auto* data = reinterpret_cast<const std::uint8_t*>(zbar_symbol_get_data(found));
  symbols.push_back({SymbolFormat::kQrCode, Bytes(data, data + size), CornersOf(found)});
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

std::optional<std::vector<PictureSymbol>> ZbarReader::Read(const GrayImage& image) {
  std::vector<PictureSymbol> symbols;
  if (image.width <= 0 || image.height <= 0) return symbols;
  const std::unique_ptr<zbar_image_t, ImageDestroy> view(zbar_image_create());
  if (!view) throw std::bad_alloc();
  zbar_image_set_format(view.get(), kGray);
  zbar_image_set_size(view.get(), static_cast<unsigned>(image.width),
                      static_cast<unsigned>(image.height));
  zbar_image_set_data(view.get(), image.pixels.data(), image.pixels.size(), nullptr);
  if (zbar_scan_image(scanner_, view.get()) < 0) return std::nullopt;
  for (const zbar_symbol_t* found = zbar_image_first_symbol(view.get()); found != nullptr;
       found = zbar_symbol_next(found))
    AddSymbol(found, symbols);
  return symbols;
}

}  // namespace cityid

// ZXing throws on some input, and only here is it caught.
#define ZX_USE_UTF8 1

#include "codec/reader/zxing_reader.h"

#if __has_include(<ZXing/Version.h>)
#include <ZXing/Version.h>
#else
#include <ZXing/ZXVersion.h>
#endif
#include <ZXing/ReadBarcode.h>

#include <new>
#include <optional>
#include <stdexcept>

namespace cityid {
namespace {

#if ZXING_VERSION_MAJOR > 2 || (ZXING_VERSION_MAJOR == 2 && ZXING_VERSION_MINOR >= 2)
using Options = ZXing::ReaderOptions;
#else
using Options = ZXing::DecodeHints;
#endif

Options ReaderSettings(bool qr) {
  using ZXing::BarcodeFormat;
  Options options;
  options.setFormats(qr ? BarcodeFormat::QRCode | BarcodeFormat::DataMatrix | BarcodeFormat::Aztec
                        : BarcodeFormat::DataMatrix | BarcodeFormat::Aztec);
  options.setTryHarder(true);
  options.setTryRotate(true);
  options.setTryDownscale(true);
#if ZXING_VERSION_MAJOR >= 2
  options.setTryInvert(true);
#endif
  options.setMaxNumberOfSymbols(255);
  return options;
}

std::optional<SymbolFormat> FormatOf(ZXing::BarcodeFormat format) {
  switch (format) {
    case ZXing::BarcodeFormat::QRCode:
      return SymbolFormat::kQrCode;
    case ZXing::BarcodeFormat::DataMatrix:
      return SymbolFormat::kDataMatrix;
    case ZXing::BarcodeFormat::Aztec:
      return SymbolFormat::kAztec;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool ZxingReadsInverted() { return ZXING_VERSION_MAJOR >= 2; }

std::optional<std::vector<PictureSymbol>> ReadWithZxing(const GrayImage& image, bool qr) {
  std::vector<PictureSymbol> symbols;
  if (image.width <= 0 || image.height <= 0) return symbols;
  try {
    const ZXing::ImageView view(image.pixels.data(), image.width, image.height,
                                ZXing::ImageFormat::Lum);
    for (const auto& found : ZXing::ReadBarcodes(view, ReaderSettings(qr))) {
      const auto format = FormatOf(found.format());
      if (!found.isValid() || !format || found.bytes().empty()) continue;
      PictureSymbol symbol{*format, Bytes(found.bytes().begin(), found.bytes().end()), {}};
      for (std::size_t i = 0; i < symbol.corners.size(); ++i) {
        const auto corner = found.position()[static_cast<int>(i)];
        symbol.corners[i] = {corner.x, corner.y};
      }
      symbols.push_back(std::move(symbol));
    }
  } catch (const std::bad_alloc&) {
    // Exhaustion must not look like an image without symbols.
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return symbols;
}

}  // namespace cityid

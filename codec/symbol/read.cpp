// The adapter for ZXing-cpp, 1.4 to 2.3. ZXing throws on some input, and only here is it caught.
#define ZX_USE_UTF8 1

#include "codec/symbol/read.h"

#if __has_include(<ZXing/Version.h>)
#include <ZXing/Version.h>
#else
#include <ZXing/ZXVersion.h>
#endif
#include <ZXing/ReadBarcode.h>

#include <new>
#include <stdexcept>

namespace cityid {
namespace {

constexpr std::uint8_t kMaxSymbols = 32;
constexpr std::size_t kLargeImage = 4'000'000;

#if ZXING_VERSION_MAJOR > 2 || (ZXING_VERSION_MAJOR == 2 && ZXING_VERSION_MINOR >= 2)
using Options = ZXing::ReaderOptions;
#else
using Options = ZXing::DecodeHints;
#endif

Options ReaderSettings() {
  using ZXing::BarcodeFormat;
  Options options;
  options.setFormats(BarcodeFormat::QRCode | BarcodeFormat::DataMatrix | BarcodeFormat::Aztec);
  options.setTryHarder(true);
  options.setTryRotate(true);
  options.setTryDownscale(true);
#if ZXING_VERSION_MAJOR >= 2
  options.setTryInvert(true);
#endif
  options.setMaxNumberOfSymbols(kMaxSymbols);
  return options;
}

std::string FormatName(ZXing::BarcodeFormat format) {
  switch (format) {
    case ZXing::BarcodeFormat::QRCode:
      return "QRCode";
    case ZXing::BarcodeFormat::DataMatrix:
      return "DataMatrix";
    case ZXing::BarcodeFormat::Aztec:
      return "Aztec";
    default:
      return "";
  }
}

/// Every 2 x 2 pixels as their mean; an odd last row or column is dropped.
GrayImage Halve(const GrayImage& image) {
  const auto width = static_cast<std::size_t>(image.width);
  GrayImage half{image.width / 2, image.height / 2, {}};
  half.pixels.resize(static_cast<std::size_t>(half.width) * static_cast<std::size_t>(half.height));
  std::uint8_t* out = half.pixels.data();
  for (int y = 0; y < half.height; ++y) {
    const std::uint8_t* upper = image.pixels.data() + 2 * static_cast<std::size_t>(y) * width;
    const std::uint8_t* lower = upper + width;
    for (int x = 0; x < half.width; ++x, upper += 2, lower += 2) {
      *out++ = static_cast<std::uint8_t>((upper[0] + upper[1] + lower[0] + lower[1] + 2) / 4);
    }
  }
  return half;
}

std::vector<Symbol> ReadAtThisSize(const GrayImage& image) {
  std::vector<Symbol> symbols;
  try {
    const ZXing::ImageView view(image.pixels.data(), image.width, image.height,
                                ZXing::ImageFormat::Lum);
    for (const auto& found : ZXing::ReadBarcodes(view, ReaderSettings())) {
      std::string format = FormatName(found.format());
      if (!found.isValid() || format.empty()) continue;
      if (symbols.size() == kMaxSymbols) break;
      symbols.push_back({std::move(format), Bytes(found.bytes().begin(), found.bytes().end())});
    }
  } catch (const std::bad_alloc&) {
    // Exhaustion must not look like an image without symbols.
    throw;
  } catch (const std::exception&) {
    return {};
  }
  return symbols;
}

}  // namespace

std::vector<Symbol> ReadSymbols(const GrayImage& image) {
  if (image.width <= 0 || image.height <= 0) return {};
  if (image.pixels.size() !=
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height)) {
    throw std::invalid_argument("gray image: pixels do not match its size");
  }
  // A photograph of today has more pixels than its symbols need.
  if (image.pixels.size() > kLargeImage) {
    auto symbols = ReadSymbols(Halve(image));
    if (!symbols.empty()) return symbols;
  }
  return ReadAtThisSize(image);
}

}  // namespace cityid

#define ZX_USE_UTF8 1

#include "codec/reader/attempts.h"

#include <ZXing/BarcodeFormat.h>
#include <ZXing/BitMatrix.h>
#include <ZXing/MultiFormatWriter.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

GrayImage Filled(int width, int height, std::uint8_t luminance) {
  GrayImage image = Blank(width, height);
  std::ranges::fill(image.pixels, luminance);
  return image;
}

/// Copies `part` into `image` with its top left corner at (left, top).
void Paste(const GrayImage& part, int left, int top, GrayImage& image) {
  for (int y = 0; y < part.height; ++y) {
    std::copy_n(part.pixels.begin() + y * part.width, part.width,
                image.pixels.begin() + (top + y) * image.width + left);
  }
}

TEST(ReadSymbols, NamesTheFormatAndGivesTheBytes) {
  const auto symbols = ReadSymbols(*DecodeGray(*DrawPng(ExampleSymbol(), 4)));
  ASSERT_EQ(symbols.size(), 1U);
  EXPECT_EQ(symbols[0].format, SymbolFormat::kQrCode);
  EXPECT_EQ(AsText(symbols[0].content), ExampleUrl());
}

TEST(ReadSymbols, AppliesNoCharacterSet) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const auto symbol = EncodeQr({{QrMode::kByte, every_byte}}, QrLevel::kLow);
  EXPECT_EQ(ContentsOf(*DrawPng(*symbol, 4)), std::vector{every_byte});
}

TEST(ReadSymbols, ReadsTurnedAndScaledPhotographs) {
  for (const double degrees : {-7.0, -3.0, 0.0, 4.0, 12.0, 45.0, 90.0, 183.0}) {
    for (const double module_pixels : {3.0, 5.5, 11.0}) {
      const Scene scene{1200, 900, module_pixels, degrees, 12, 1};
      const Bytes jpeg = WriteJpeg(Photograph(ExampleSymbol(), scene));
      EXPECT_EQ(ContentsOf(jpeg), std::vector{ExampleUrl()})
          << degrees << " degrees, " << module_pixels << " pixels a module";
    }
  }
}

TEST(ReadSymbols, FindsEverySymbolOfASheet) {
  GrayImage sheet = Filled(1600, 1600, 255);
  std::vector<std::string> expected;
  for (int i = 0; i < 4; ++i) {
    expected.push_back(ExampleUrl("host-" + std::to_string(i) + ".cn"));
    const auto symbol = EncodeQr(CodeUrlSegments(expected.back()), QrLevel::kMedium);
    Paste(*DecodeGray(*DrawPng(*symbol, 5 + i)), i % 2 * 800, i / 2 * 800, sheet);
  }
  std::vector<std::string> contents;
  for (const PictureSymbol& symbol : ReadSymbols(sheet)) contents.emplace_back(AsText(symbol.content));
  std::ranges::sort(contents);
  EXPECT_EQ(contents, expected);
}

TEST(ReadSymbols, FindsInALargeImageWhatIsTooSmallAtHalfItsSize) {
  GrayImage large = Filled(2400, 2000, 255);
  Paste(*DecodeGray(*DrawPng(ExampleSymbol(), 2)), 1200, 900, large);
  const auto symbols = ReadSymbols(large);
  ASSERT_EQ(symbols.size(), 1u);
  EXPECT_EQ(AsText(symbols[0].content), ExampleUrl());
}

/// A Data Matrix or an Aztec code, dark on light.
GrayImage Written(ZXing::BarcodeFormat format, const std::wstring& text) {
  const auto matrix = ZXing::MultiFormatWriter(format).setMargin(4).encode(text, 0, 0);
  GrayImage image = Blank(matrix.width() * 5, matrix.height() * 5);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      image.pixels[static_cast<std::size_t>(y * image.width + x)] = matrix.get(x / 5, y / 5) ? 0 : 255;
  return image;
}

TEST(ReadSymbols, ReadsDataMatrixAndAztecDarkOnLightAndLightOnDark) {
  for (const auto& [written, format] :
       {std::pair{ZXing::BarcodeFormat::DataMatrix, SymbolFormat::kDataMatrix},
        std::pair{ZXing::BarcodeFormat::Aztec, SymbolFormat::kAztec}}) {
    const GrayImage image = Written(written, L"https://id.example.cn/MA.156.1301");
    for (const GrayImage& shown : {image, Inverted(image)}) {
      const auto symbols = ReadSymbols(shown);
      ASSERT_EQ(symbols.size(), 1U) << Name(format) << ", first pixel " << int{shown.pixels[0]};
      EXPECT_EQ(symbols[0].format, format);
      EXPECT_EQ(AsText(symbols[0].content), "https://id.example.cn/MA.156.1301");
    }
  }
}

TEST(ReadSymbols, FindsNothingWhereThereIsNothing) {
  EXPECT_TRUE(ReadSymbols(GrayImage{}).empty());
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{1, 100}, std::pair{100, 1},
                                      std::pair{7, 7}, std::pair{800, 600}}) {
    EXPECT_TRUE(ReadSymbols(Filled(width, height, 255)).empty()) << width << 'x' << height;
    EXPECT_TRUE(ReadSymbols(Filled(width, height, 0)).empty()) << width << 'x' << height;
  }
}

TEST(ReadSymbols, FindsNothingInNoise) {
  constexpr unsigned kSeed = 20240603;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20; ++round) {
    GrayImage image = Blank(200, 150);
    for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random());
    EXPECT_TRUE(ReadSymbols(image).empty()) << "seed " << kSeed << " round " << round;
  }
}

TEST(ReadSymbols, RefusesPixelsThatDoNotMatchTheSize) {
  EXPECT_THROW(ReadSymbols(GrayImage{10, 10, Bytes(99)}), std::invalid_argument);
}

}  // namespace
}  // namespace cityid

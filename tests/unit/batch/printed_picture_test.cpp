#include "cli/batch/printed_picture.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "codec/symbol/draw.h"
#include "tests/property/chosen_seed.h"
#include "tests/unit/print/drawings.h"

namespace cityid::cli {
namespace {

/// The pixels of a PGM file, whose head has `size`.
ByteView PixelsOf(const Bytes& pgm, std::size_t width, std::size_t height) {
  const std::string head =
      "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
  EXPECT_TRUE(AsText(pgm).starts_with(head)) << AsText(pgm).substr(0, 20);
  EXPECT_EQ(pgm.size(), head.size() + width * height);
  return ByteView(pgm).subspan(head.size());
}

TEST(DrawPgm, HasAWholeModuleInWholePixels) {
  const QrSymbol symbol = ExampleSymbol();
  const Bytes pgm = DrawPgm(symbol, 2);
  const ByteView pixels = PixelsOf(pgm, 106, 106);
  for (int y = 0; y < 106; ++y) {
    for (int x = 0; x < 106; ++x) {
      const int column = x / 2 - kQuietZone;
      const int row = y / 2 - kQuietZone;
      const bool inside = column >= 0 && row >= 0 && column < 45 && row < 45;
      ASSERT_EQ(pixels[static_cast<std::size_t>(y * 106 + x)],
                inside && symbol.dark(column, row) ? 0 : 255);
    }
  }
}

TEST(DrawPgm, HasAsMuchInkAtEverySize) {
  const QrSymbol symbol = ExampleSymbol();
  const auto dark = std::ranges::count(symbol.modules, true);
  for (const double scale : {0.7, 1.0, 1.71, 3.15, 5.5}) {
    const auto side = static_cast<std::size_t>(std::ceil(53 * scale));
    const Bytes pgm = DrawPgm(symbol, scale);
    const ByteView pixels = PixelsOf(pgm, side, side);
    double ink = 0;
    for (const std::uint8_t pixel : pixels) ink += (255 - pixel) / 255.0;
    EXPECT_NEAR(ink, static_cast<double>(dark) * scale * scale,
                0.01 * static_cast<double>(dark) * scale * scale)
        << scale;
  }
}

TEST(ReadSvg, ReadsWhatWasDrawn) {
  const QrSymbol symbol = ExampleSymbol();
  const auto read = ReadSvg(DrawSvg(symbol, 0.8, {12, "<path d=\"M1 1h1v1h-1z\"/>\n"}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->symbol.size, 45);
  EXPECT_EQ(read->symbol.modules, symbol.modules);
  EXPECT_NEAR(read->module_mm, 0.8, 1e-6);
}

TEST(ReadSvg, ReadsNothingElse) {
  const std::string svg = DrawSvg(ExampleSymbol());
  EXPECT_FALSE(ReadSvg(""));
  EXPECT_FALSE(ReadSvg(svg.substr(0, svg.find("<path"))));
  EXPECT_FALSE(ReadSvg(svg.substr(0, svg.find("\" fill=\"#000\""))));
  for (const auto& [from, to] : {std::pair("0 0 53 ", "0 0 9999999 "),
                                 {"0 0 53 ", "0 0 8 "},
                                 {"0 0 53 ", "0 0 -53 "},
                                 {"M4 4h", "M48 4h"},
                                 {"M4 4h", "M4 99h"},
                                 {"M4 4h", "M-4 4h"},
                                 {"M4 4h", "M4 4h-"},
                                 {"v1h-7z", "v1h-8z"},
                                 {"M4 4h7v1h-7z", "M4 4h2147483647v1h-2147483647z"},
                                 {"width=\"42.4mm\"", "width=\"-1mm\""},
                                 {"width=\"42.4mm\"", "width=\"nanmm\""},
                                 {"width=\"42.4mm\"", "width=\"42.4\""}}) {
    std::string other = svg;
    const std::size_t at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    other.replace(at, std::string(from).size(), to);
    EXPECT_FALSE(ReadSvg(other)) << to;
  }
}

TEST(ReadSvg, EndsOnAnyText) {
  std::mt19937_64 random(testing::ChosenSeed());
  const std::string svg = DrawSvg(ExampleSymbol());
  const std::string letters = "Mhvz-0123456789 \".<m";
  for (int round = 0; round < 3000; ++round) {
    std::string other = svg;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      other[random() % other.size()] = letters[random() % letters.size()];
    (void)ReadSvg(other);
  }
}

TEST(CutPgm, CutsARectangleAndNoMore) {
  Bytes pgm = ToBytes(AsBytes("P5\n4 3\n255\n"));
  for (std::uint8_t i = 0; i < 12; ++i) pgm.push_back(i);
  const Bytes cut = CutPgm(pgm, 1, 1, 2, 2);
  EXPECT_EQ(ToBytes(PixelsOf(cut, 2, 2)), (Bytes{5, 6, 9, 10}));
  const Bytes over = CutPgm(pgm, -5, 1.5, 100, 100);
  EXPECT_EQ(ToBytes(PixelsOf(over, 4, 2)), (Bytes{4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_TRUE(CutPgm(pgm, 4, 0, 10, 10).empty());
  EXPECT_TRUE(CutPgm(pgm, 0, 0, 0, 0).empty());
  pgm.pop_back();
  EXPECT_TRUE(CutPgm(pgm, 0, 0, 4, 3).empty());
  EXPECT_TRUE(CutPgm(Bytes(), 0, 0, 4, 3).empty());
}

}  // namespace
}  // namespace cityid::cli

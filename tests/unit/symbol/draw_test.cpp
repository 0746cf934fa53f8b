#include "codec/symbol/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "codec/symbol/qr.h"
#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

/// The modules with their quiet zone, row by row, true is dark.
std::vector<bool> WithQuietZone(const QrSymbol& symbol) {
  const int side = symbol.size + 2 * kQuietZone;
  std::vector<bool> modules;
  for (int y = -kQuietZone; y < side - kQuietZone; ++y) {
    for (int x = -kQuietZone; x < side - kQuietZone; ++x) {
      const bool inside = x >= 0 && y >= 0 && x < symbol.size && y < symbol.size;
      modules.push_back(inside && symbol.dark(x, y));
    }
  }
  return modules;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(DrawSvg, PathCoversTheDarkModulesAndNoOthers) {
  const QrSymbol symbol = ExampleSymbol();
  const std::string svg = DrawSvg(symbol);
  const std::size_t begin = svg.find(" d=\"") + 4;
  const std::string path = svg.substr(begin, svg.find('"', begin) - begin);
  std::vector<bool> painted(53 * 53, false);
  for (std::size_t at = 0; at < path.size();) {
    int x = 0, y = 0, length = 0, back = 0, used = 0;
    ASSERT_EQ(std::sscanf(&path[at], "M%d %dh%dv1h-%dz%n", &x, &y, &length, &back, &used), 4);
    ASSERT_GT(used, 0);
    EXPECT_EQ(length, back);
    for (int i = 0; i < length; ++i) painted.at(static_cast<std::size_t>(y * 53 + x + i)) = true;
    at += static_cast<std::size_t>(used);
  }
  EXPECT_EQ(painted, WithQuietZone(symbol));
}

TEST(DrawSvg, HasOneUnitAModuleOnWhite) {
  const std::string svg = DrawSvg(ExampleSymbol());
  EXPECT_TRUE(Contains(svg, "viewBox=\"0 0 53 53\""));
  EXPECT_TRUE(Contains(svg, "<rect width=\"53\" height=\"53\" fill=\"#fff\"/>"));
  EXPECT_TRUE(Contains(svg, "shape-rendering=\"crispEdges\""));
  EXPECT_EQ(svg.find("<path"), svg.rfind("<path"));
}

TEST(DrawSvg, SaysHowLargeItIsInPrint) {
  EXPECT_TRUE(Contains(DrawSvg(ExampleSymbol()), " width=\"42.4mm\" height=\"42.4mm\" "));
  EXPECT_TRUE(Contains(DrawSvg(ExampleSymbol(), 60.0 / 53), " width=\"60mm\" height=\"60mm\" "));
  EXPECT_TRUE(Contains(DrawSvg(ExampleSymbol(), 0.00333), " width=\"0.1765mm\" "));
}

TEST(DrawSvg, GrowsByWhatIsBelow) {
  const std::string svg = DrawSvg(ExampleSymbol(), 1, {7, "<g/>\n"});
  EXPECT_TRUE(Contains(svg, " width=\"53mm\" height=\"60mm\" viewBox=\"0 0 53 60\""));
  EXPECT_TRUE(Contains(svg, "<rect width=\"53\" height=\"60\" fill=\"#fff\"/>"));
  EXPECT_TRUE(svg.ends_with("/>\n<g/>\n</svg>\n"));
}

TEST(DrawPng, HasEveryModuleWhereItBelongs) {
  const QrSymbol symbol = ExampleSymbol();
  const std::vector<bool> expected = WithQuietZone(symbol);
  for (const int scale : {1, 3, 8}) {
    const auto image = DecodeGray(*DrawPng(symbol, scale));
    ASSERT_TRUE(image) << image.error().detail;
    ASSERT_EQ(image->width, 53 * scale);
    ASSERT_EQ(image->height, 53 * scale);
    for (int y = 0; y < image->height; ++y) {
      for (int x = 0; x < image->width; ++x) {
        const bool dark = expected[static_cast<std::size_t>(y / scale * 53 + x / scale)];
        ASSERT_EQ(image->pixels[static_cast<std::size_t>(y * image->width + x)], dark ? 0 : 255);
      }
    }
  }
}

TEST(DrawPng, IsReadBackAtEveryCommonScale) {
  for (const int scale : {2, 4, 8}) {
    EXPECT_EQ(ContentsOf(*DrawPng(ExampleSymbol(), scale)), std::vector{ExampleUrl()}) << scale;
  }
}

TEST(DrawPng, HasOneBitAPixel) {
  const Bytes png = *DrawPng(ExampleSymbol(), 4);
  EXPECT_EQ(png[24], 1);  // bit depth
  EXPECT_EQ(png[25], 0);  // grayscale
}

TEST(DrawPng, RefusesScalesOutOfRange) {
  const QrSymbol symbol = ExampleSymbol();
  EXPECT_TRUE(DrawPng(symbol, 64));
  for (const int scale : {-1, 0, 65, std::numeric_limits<int>::max()}) {
    EXPECT_EQ(DrawPng(symbol, scale).error().code, Errc::kUsage) << scale;
  }
  for (const double module : {-1.0, 0.0, 20.1, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(DrawPng(symbol, 8, module).error().code, Errc::kUsage) << module;
  }
}

TEST(DrawText, DrawsTheLightModulesTwoRowsALine) {
  const QrSymbol symbol = ExampleSymbol();
  const std::string text = DrawText(symbol, false);
  std::vector<bool> light(54 * 53, false);
  std::size_t column = 0, row = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\n') {
      EXPECT_EQ(column, 53U);
      column = 0;
      row += 2;
      ++at;
      continue;
    }
    const std::string_view block = std::string_view(text).substr(at, text[at] == ' ' ? 1 : 3);
    ASSERT_TRUE(block == " " || block == "▀" || block == "▄" || block == "█") << row;
    light.at(row * 53 + column) = block == "█" || block == "▀";
    light.at((row + 1) * 53 + column) = block == "█" || block == "▄";
    at += block.size();
    ++column;
  }
  EXPECT_EQ(row, 54U);
  EXPECT_EQ(std::count(light.end() - 53, light.end(), true), 0) << "below the last row";
  light.resize(53 * 53);
  light.flip();
  EXPECT_EQ(light, WithQuietZone(symbol));
}

TEST(DrawTextFile, HasTheSymbolForEitherBackground) {
  const QrSymbol symbol = ExampleSymbol();
  const std::string light = DrawText(symbol, false);
  std::string dark;
  for (std::size_t at = 0; at < light.size();) {
    // The last line's lower half is below the symbol, in both.
    const bool last = at >= light.rfind('\n', light.size() - 2);
    const std::string_view block =
        std::string_view(light).substr(at, light[at] == ' ' || light[at] == '\n' ? 1 : 3);
    at += block.size();
    dark += block == "█"   ? " "
            : block == "▀" ? (last ? " " : "▄")
            : block == "▄" ? "▀"
            : block == " " ? (last ? "▀" : "█")
                           : "\n";
  }
  EXPECT_EQ(DrawTextFile(symbol), "On a dark background, scan this:\n\n" + light +
                                      "\nOn a light background, scan this:\n\n" + dark);
}

TEST(DrawText, SetsAndResetsItsColorsOnEveryLine) {
  const QrSymbol symbol = ExampleSymbol();
  std::string text = DrawText(symbol, true);
  int lines = 0;
  for (const std::string_view escape : {"\x1b[38;5;231;48;5;16m", "\x1b[0m"}) {
    for (std::size_t at; (at = text.find(escape)) != std::string::npos; ++lines) {
      text.erase(at, escape.size());
    }
  }
  EXPECT_EQ(lines, 2 * 27);
  EXPECT_EQ(text, DrawText(symbol, false));
}

}  // namespace
}  // namespace cityid

#include "codec/reader/orientation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

constexpr int kWidth = 600;
constexpr int kHeight = 420;

enum class Side { kTop, kBottom, kLeft, kRight };

/// Where the first row and the first column of what is stored are shown (EXIF 2.3, table of tag 274).
constexpr std::array<std::pair<Side, Side>, 8> kSides{{{Side::kTop, Side::kLeft},
                                                       {Side::kTop, Side::kRight},
                                                       {Side::kBottom, Side::kRight},
                                                       {Side::kBottom, Side::kLeft},
                                                       {Side::kLeft, Side::kTop},
                                                       {Side::kRight, Side::kTop},
                                                       {Side::kRight, Side::kBottom},
                                                       {Side::kLeft, Side::kBottom}}};

PicturePoint Shown(int row, int column, int orientation) {
  PicturePoint shown;
  const auto& [first_row, first_column] = kSides[static_cast<std::size_t>(orientation - 1)];
  for (const auto& [side, count] : {std::pair{first_row, row}, {first_column, column}}) {
    if (side == Side::kTop) shown.y = count;
    if (side == Side::kBottom) shown.y = kHeight - 1 - count;
    if (side == Side::kLeft) shown.x = count;
    if (side == Side::kRight) shown.x = kWidth - 1 - count;
  }
  return shown;
}

/// A picture with one code left of its middle and above it.
GrayImage ToBeShown() {
  GrayImage shown = Blank(kWidth, kHeight);
  std::ranges::fill(shown.pixels, 255);
  const GrayImage code = *DecodeGray(*DrawPng(ExampleSymbol(), 4));
  for (int y = 0; y < code.height; ++y) std::copy_n(code.row(y), code.width, shown.row(10 + y) + 20);
  return shown;
}

/// A JPEG file that is shown as this picture.
Bytes StoredAs(int orientation, const GrayImage& shown) {
  const bool turned = orientation >= 5;
  GrayImage stored = turned ? Blank(kHeight, kWidth) : Blank(kWidth, kHeight);
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column) {
      const PicturePoint at = Shown(row, column, orientation);
      stored.row(row)[column] = shown.row(at.y)[at.x];
    }
  }
  Bytes file = WriteJpeg(stored, {90, TJPF_GRAY, TJSAMP_GRAY, false});
  const Bytes exif{0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
                   0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, static_cast<std::uint8_t>(orientation),
                   0, 0, 0, 0, 0, 0};
  file.insert(file.begin() + 2, exif.begin(), exif.end());
  return file;
}

std::array<int, 4> Bounds(const PictureCorners& corners) {
  const auto [left, right] = std::ranges::minmax(corners, {}, &PicturePoint::x);
  const auto [top, bottom] = std::ranges::minmax(corners, {}, &PicturePoint::y);
  return {left.x, top.y, right.x, bottom.y};
}

TEST(Orientation, PlacesACodeWhereItIsShownInAllEight) {
  const GrayImage shown = ToBeShown();
  const int side = ExampleSymbol().size * 4;
  const std::array<int, 4> expected{36, 26, 36 + side, 26 + side};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes file = StoredAs(orientation, shown);
    ASSERT_EQ(OrientationIn(file), orientation);
    const ReadHere result = ReadPicture(*DecodeImage(file));
    EXPECT_EQ(result.size.width, kWidth) << orientation;
    EXPECT_EQ(result.size.height, kHeight) << orientation;
    ASSERT_EQ(result.symbols.size(), 1U) << orientation;
    EXPECT_EQ(AsText(result.symbols[0].content), ExampleUrl());
    const auto bounds = Bounds(result.symbols[0].corners);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(bounds[i], expected[i], 8) << orientation;
    EXPECT_TRUE(result.unread.empty()) << orientation;
  }
}

TEST(Orientation, PlacesWhatIsNotReadWhereItIsShownInAllEight) {
  GrayImage shown = ToBeShown();
  const int side = ExampleSymbol().size * 4;
  // Nothing is legible between the squares.
  for (int y = 26 + 36; y < 26 + side - 36; ++y)
    for (int x = 36; x < 36 + side; ++x) shown.row(y)[x] = (x / 4 * 7 + y / 4 * 5) % 3 == 0 ? 0 : 255;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const ReadHere result = ReadPicture(*DecodeImage(StoredAs(orientation, shown)));
    EXPECT_TRUE(result.symbols.empty()) << orientation;
    ASSERT_EQ(result.unread.size(), 1U) << orientation;
    const auto bounds = Bounds(result.unread[0].corners);
    const std::array<int, 4> expected{36, 26, 36 + side, 26 + side};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(bounds[i], expected[i], 8) << orientation;
  }
}

}  // namespace
}  // namespace cityid

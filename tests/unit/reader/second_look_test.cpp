// Claim: what is about square and full of light and dark is found, whatever its contrast, and
// what was painted over is gone.
#include "codec/reader/second_look.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

GrayImage White(int width, int height) {
  return {width, height, Bytes(static_cast<std::size_t>(width * height), 255)};
}

/// Draws dots of 4 pixels into a rectangle.
void Draw(GrayImage& image, int left, int top, int width, int height, std::uint8_t dark = 0) {
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x)
      if ((x / 4 + y / 4) % 2 == 0) image.row(y)[x] = dark;
  }
}

PictureCorners Square(int left, int top, int side) {
  return {
      PicturePoint{left, top}, {left + side, top}, {left + side, top + side}, {left, top + side}};
}

TEST(FindPatches, FindsASquareWithItsGround) {
  GrayImage image = White(400, 300);
  Draw(image, 200, 60, 120, 120);
  const auto patches = FindPatches(image, 70);
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_LE(patches[0].left, 192);
  EXPECT_GE(patches[0].left + patches[0].width, 328);
  EXPECT_LE(patches[0].top, 52);
  EXPECT_GE(patches[0].top + patches[0].height, 188);
}

TEST(FindPatches, LeavesLinesAndWhatIsTooPale) {
  GrayImage image = White(400, 300);
  Draw(image, 20, 20, 360, 30);
  Draw(image, 200, 100, 120, 120, 250);
  EXPECT_TRUE(FindPatches(image, 70).empty());
  EXPECT_EQ(FindPatches(image, 5).size(), 1U);
}

TEST(FindPatches, TakesTheLargestOfMany) {
  GrayImage image = White(1200, 1000);
  for (int i = 0; i < 30; ++i) Draw(image, 20 + i % 6 * 200, 20 + i / 6 * 200, 60, 60);
  Draw(image, 820, 820, 160, 160);
  const auto patches = FindPatches(image, 70);
  ASSERT_EQ(patches.size(), 12U);
  EXPECT_GE(patches[0].width, 160);
}

TEST(FindPatches, TakesImagesOfAnySize) {
  for (const int side : {1, 5, 12, 13, 25}) {
    GrayImage image = White(side, side);
    Draw(image, 0, 0, side, side);
    for (const Patch& patch : FindPatches(image, 70)) {
      EXPECT_GE(patch.left, 0);
      EXPECT_LE(patch.left + patch.width, side);
    }
  }
}

TEST(PaintOver, LeavesNothingOfASymbol) {
  for (const double scale : {1.0, 2.0}) {
    GrayImage image = White(400, 300);
    Draw(image, 200, 60, 120, 120, 0);
    const auto side = static_cast<int>(120 * scale);
    PaintOver(image, Square(static_cast<int>(200 * scale), static_cast<int>(60 * scale), side),
              scale);
    EXPECT_EQ(image.pixels, White(400, 300).pixels);
  }
}

TEST(PaintOver, TakesCornersOutsideAndOfAnyShape) {
  for (const PictureCorners& corners :
       {Square(-50, -50, 100), Square(380, 280, 90), Square(100, 100, 0),
        PictureCorners{PicturePoint{300, 10}, {390, 150}, {310, 290}, {200, 140}},
        PictureCorners{PicturePoint{10, 10}, {200, 200}, {10, 200}, {200, 10}}}) {
    GrayImage image = White(400, 300);
    Draw(image, 0, 0, 400, 300);
    PaintOver(image, corners, 1);
    EXPECT_EQ(image.pixels.size(), 400U * 300U);
  }
}

}  // namespace
}  // namespace cityid

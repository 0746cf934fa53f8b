#include "codec/reader/finder_patterns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cityid {
namespace {

GrayImage White(int width, int height) {
  GrayImage image = Blank(width, height);
  std::ranges::fill(image.pixels, 255);
  return image;
}

/// Draws a square of 7 x 7 modules.
void Draw(int left, int top, int module, GrayImage& image) {
  for (int y = 0; y < 7 * module; ++y) {
    for (int x = 0; x < 7 * module; ++x) {
      const int ring = std::max(std::abs(x / module - 3), std::abs(y / module - 3));
      image.row(top + y)[left + x] = ring == 2 ? 255 : 0;
    }
  }
}

bool HasOneAt(const FinderPatterns& found, double x, double y) {
  return std::ranges::any_of(found.patterns, [&](const FinderPattern& pattern) {
    return std::abs(pattern.x - x) < 3 && std::abs(pattern.y - y) < 3;
  });
}

TEST(FindFinderPatterns, FindsSmallOnesAtEveryHeightInImagesOfEverySize) {
  for (const auto& [width, height] : {std::pair{1000, 800}, {2000, 1200}, {3000, 2400}, {6000, 4100}}) {
    GrayImage image = White(width, height);
    for (int i = 0; i < 24; ++i) Draw(40 * i + 13, 40 + i, 2, image);
    const FinderPatterns found = FindFinderPatterns(image);
    EXPECT_FALSE(found.more);
    for (int i = 0; i < 24; ++i)
      EXPECT_TRUE(HasOneAt(found, 40 * i + 20, 47 + i)) << i << " of " << width << " x " << height;
  }
}

TEST(FindFinderPatterns, SaysThatThereAreMoreThanItLooksAt) {
  GrayImage image = White(2000, 2000);
  for (int i = 0; i < 24; ++i)
    for (int k = 0; k < 25; ++k) Draw(30 + 80 * i, 30 + 75 * k, 3, image);
  const FinderPatterns most = FindFinderPatterns(image);
  EXPECT_EQ(most.patterns.size(), kMaxFinderPatterns);
  EXPECT_FALSE(most.more);
  Draw(1950, 1950, 3, image);
  const FinderPatterns more = FindFinderPatterns(image);
  EXPECT_EQ(more.patterns.size(), kMaxFinderPatterns);
  EXPECT_TRUE(more.more);
}

TEST(FindFinderPatterns, SaysThatItStoppedOrReachesTheLastRow) {
  // What looks like thousands of patterns for a row or so, and one below all of them.
  constexpr unsigned kSeed = 20261202;
  std::mt19937 random(kSeed);
  for (const int block : {1, 2, 3}) {
    GrayImage image = White(2400, 2400);
    for (int y = 0; y < 2300; y += block) {
      for (int x = 0; x + block <= 2400; x += block) {
        const std::uint8_t luminance = random() % 2 == 0 ? 0 : 255;
        for (int dy = 0; dy < block; ++dy) std::fill_n(image.row(y + dy) + x, block, luminance);
      }
    }
    Draw(1200, 2340, 4, image);
    const FinderPatterns found = FindFinderPatterns(image);
    EXPECT_TRUE(found.more || HasOneAt(found, 1214, 2354)) << "seed " << kSeed << " block " << block;
  }
}

}  // namespace
}  // namespace cityid

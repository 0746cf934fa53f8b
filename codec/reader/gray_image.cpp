#include "codec/reader/gray_image.h"

#include <algorithm>
#include <vector>

namespace cityid {

GrayImage Blank(int width, int height) {
  GrayImage image{width, height, {}};
  image.pixels.resize(static_cast<std::size_t>(image.size()));
  return image;
}

GrayImage Halved(const GrayImage& image) {
  GrayImage half = Blank(image.width / 2, image.height / 2);
  for (int y = 0; y < half.height; ++y) {
    const std::uint8_t* upper = image.row(2 * y);
    const std::uint8_t* lower = image.row(2 * y + 1);
    std::uint8_t* out = half.row(y);
    for (int x = 0; x < half.width; ++x) {
      out[x] = static_cast<std::uint8_t>(
          (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) / 4);
    }
  }
  return half;
}

GrayImage Inverted(const GrayImage& image) {
  GrayImage inverted = Blank(image.width, image.height);
  std::ranges::transform(image.pixels, inverted.pixels.begin(),
                         [](std::uint8_t pixel) { return static_cast<std::uint8_t>(255 - pixel); });
  return inverted;
}

GrayImage Doubled(const GrayImage& image) {
  GrayImage large = Blank(image.width * 2, image.height * 2);
  for (int y = 0; y < large.height; ++y) {
    // Each pixel is 3/4 of the nearest one and 1/4 of the next, in both directions.
    const int near_y = y / 2;
    const int next_y = std::clamp(near_y + (y % 2 == 0 ? -1 : 1), 0, image.height - 1);
    const std::uint8_t* near_row = image.row(near_y);
    const std::uint8_t* next_row = image.row(next_y);
    std::uint8_t* out = large.row(y);
    for (int x = 0; x < large.width; ++x) {
      const int near_x = x / 2;
      const int next_x = std::clamp(near_x + (x % 2 == 0 ? -1 : 1), 0, image.width - 1);
      const int sum = 9 * near_row[near_x] + 3 * near_row[next_x] + 3 * next_row[near_x] +
                      next_row[next_x];
      out[x] = static_cast<std::uint8_t>((sum + 8) / 16);
    }
  }
  return large;
}

GrayImage Cropped(const GrayImage& image, int left, int top, int width, int height) {
  GrayImage part = Blank(width, height);
  for (int y = 0; y < height; ++y) std::copy_n(image.row(top + y) + left, width, part.row(y));
  return part;
}

GrayImage LocallyThresholded(const GrayImage& image, int radius) {
  // One sum for each column of the rows around, and from these one for the columns around.
  const int width = image.width;
  const int height = image.height;
  GrayImage out = Blank(width, height);
  std::vector<std::uint32_t> columns(static_cast<std::size_t>(width));
  const auto add_row = [&](int y, int sign) {
    const std::uint8_t* row = image.row(y);
    for (int x = 0; x < width; ++x)
      columns[static_cast<std::size_t>(x)] += static_cast<std::uint32_t>(sign * row[x]);
  };
  for (int y = 0; y < std::min(radius, height); ++y) add_row(y, 1);
  for (int y = 0; y < height; ++y) {
    if (y + radius < height) add_row(y + radius, 1);
    if (y - radius - 1 >= 0) add_row(y - radius - 1, -1);
    const int rows = std::min(y + radius, height - 1) - std::max(y - radius, 0) + 1;
    std::uint64_t sum = 0;
    for (int x = 0; x < std::min(radius, width); ++x) sum += columns[static_cast<std::size_t>(x)];
    const std::uint8_t* in = image.row(y);
    std::uint8_t* row = out.row(y);
    for (int x = 0; x < width; ++x) {
      if (x + radius < width) sum += columns[static_cast<std::size_t>(x + radius)];
      if (x - radius - 1 >= 0) sum -= columns[static_cast<std::size_t>(x - radius - 1)];
      const int across = std::min(x + radius, width - 1) - std::max(x - radius, 0) + 1;
      const auto area = static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(across);
      // A little darker than the mean is still light: paper has noise.
      row[x] = (in[x] + 3U) * area > sum ? 255 : 0;
    }
  }
  return out;
}

GrayImage Mirrored(const GrayImage& image) {
  GrayImage mirrored = Blank(image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    std::reverse_copy(image.row(y), image.row(y) + image.width, mirrored.row(y));
  return mirrored;
}

}  // namespace cityid

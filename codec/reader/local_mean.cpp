#include "codec/reader/local_mean.h"

#include <algorithm>

namespace cityid {

LocalMean::LocalMean(const GrayImage& image)
    : image_(image), columns_((image.width + kBlock - 1) / kBlock) {
  const int rows = (image.height + kBlock - 1) / kBlock;
  // Sums over everything above and to the left, so that the sum of any rectangle is four look-ups.
  const auto stride = static_cast<std::size_t>(columns_) + 1;
  std::vector<std::uint64_t> sums(stride * (static_cast<std::size_t>(rows) + 1));
  std::vector<std::uint32_t> line(static_cast<std::size_t>(columns_));
  for (int by = 0; by < rows; ++by) {
    std::ranges::fill(line, 0);
    for (int y = by * kBlock; y < std::min((by + 1) * kBlock, image.height); ++y) {
      const std::uint8_t* row = image.row(y);
      for (int bx = 0; bx < columns_; ++bx) {
        std::uint32_t sum = 0;
        const int end = std::min((bx + 1) * kBlock, image.width);
        for (int x = bx * kBlock; x < end; ++x) sum += row[x];
        line[static_cast<std::size_t>(bx)] += sum;
      }
    }
    std::uint64_t so_far = 0;
    for (std::size_t bx = 0; bx < line.size(); ++bx) {
      so_far += line[bx];
      const std::size_t at = (static_cast<std::size_t>(by) + 1) * stride + bx + 1;
      sums[at] = sums[at - stride] + so_far;
    }
  }
  const int radius = std::max(2, std::max(image.width, image.height) / 16 / kBlock);
  thresholds_.reserve(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows));
  for (int by = 0; by < rows; ++by) {
    const int top = std::max(by - radius, 0);
    const int bottom = std::min(by + radius + 1, rows);
    for (int bx = 0; bx < columns_; ++bx) {
      const int left = std::max(bx - radius, 0);
      const int right = std::min(bx + radius + 1, columns_);
      const auto sum = [&](int x, int y) {
        return sums[static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x)];
      };
      const std::uint64_t total =
          sum(right, bottom) - sum(left, bottom) - sum(right, top) + sum(left, top);
      const int width = std::min(right * kBlock, image.width) - left * kBlock;
      const int height = std::min(bottom * kBlock, image.height) - top * kBlock;
      const auto area = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
      // A little darker than the mean is still light: paper has noise.
      const std::uint64_t mean = total / area;
      thresholds_.push_back(static_cast<std::uint8_t>(mean - mean / 16));
    }
  }
}

}  // namespace cityid

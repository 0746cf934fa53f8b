// Light or dark, compared with what is around a pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/reader/gray_image.h"

namespace cityid {

/// The mean luminance around each block of 16 x 16 pixels, over an eighth of the image's longer
/// side. The image must outlive it.
class LocalMean {
 public:
  explicit LocalMean(const GrayImage& image);

  /// Returns the luminance below which pixels of this block are dark.
  std::uint8_t threshold(int block_x, int block_y) const {
    return thresholds_[static_cast<std::size_t>(block_y) * static_cast<std::size_t>(columns_) +
                       static_cast<std::size_t>(block_x)];
  }
  bool IsDark(int x, int y) const {
    return image_.row(y)[x] < threshold(x / kBlock, y / kBlock);
  }

  static constexpr int kBlock = 16;

 private:
  const GrayImage& image_;
  int columns_;
  std::vector<std::uint8_t> thresholds_;
};

}  // namespace cityid

#include "codec/reader/second_look.h"

#include <algorithm>
#include <array>

namespace cityid {
namespace {

constexpr double kAround = 0.04;  // of a symbol's side
constexpr int kCell = 12;         // pixels
constexpr double kLongest = 1.7;  // a patch's longer side, when the shorter is 1
constexpr double kFull = 0.45;    // of a patch's cells have contrast
constexpr std::size_t kMostPatches = 12;

/// Cells of an image, row by row: whether each has contrast.
struct Cells {
  int columns = 0;
  int rows = 0;
  std::vector<bool> busy;

  Cells(const GrayImage& image, int contrast)
      : columns(image.width / kCell), rows(image.height / kCell) {
    busy.resize(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    std::vector<std::uint8_t> low(static_cast<std::size_t>(columns));
    std::vector<std::uint8_t> high(low.size());
    for (int row = 0; row < rows; ++row) {
      std::ranges::fill(low, std::uint8_t{255});
      std::ranges::fill(high, std::uint8_t{0});
      for (int y = row * kCell; y < (row + 1) * kCell; ++y) {
        const std::uint8_t* pixels = image.row(y);
        for (std::size_t column = 0; column < low.size(); ++column, pixels += kCell) {
          const auto [least, most] = std::minmax_element(pixels, pixels + kCell);
          low[column] = std::min(low[column], *least);
          high[column] = std::max(high[column], *most);
        }
      }
      for (std::size_t column = 0; column < low.size(); ++column)
        busy[At(static_cast<int>(column), row)] = high[column] - low[column] >= contrast;
    }
  }

  std::size_t At(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
};

/// Cells that touch each other.
struct Blob {
  int left = 0, top = 0, right = 0, bottom = 0;  // the last ones included
  int count = 0;
};

/// Takes the cells that touch one, and those that touch them.
Blob TakeBlob(Cells& cells, int column, int row) {
  Blob blob{column, row, column, row};
  std::vector<std::pair<int, int>> next = {{column, row}};
  cells.busy[cells.At(column, row)] = false;
  while (!next.empty()) {
    const auto [x, y] = next.back();
    next.pop_back();
    ++blob.count;
    blob.left = std::min(blob.left, x), blob.right = std::max(blob.right, x);
    blob.top = std::min(blob.top, y), blob.bottom = std::max(blob.bottom, y);
    for (int to_y = std::max(y - 1, 0); to_y <= std::min(y + 1, cells.rows - 1); ++to_y) {
      for (int to_x = std::max(x - 1, 0); to_x <= std::min(x + 1, cells.columns - 1); ++to_x) {
        if (!cells.busy[cells.At(to_x, to_y)]) continue;
        cells.busy[cells.At(to_x, to_y)] = false;
        next.emplace_back(to_x, to_y);
      }
    }
  }
  return blob;
}

bool LooksLikeASymbol(const Blob& blob) {
  const int width = blob.right - blob.left + 1;
  const int height = blob.bottom - blob.top + 1;
  const int least = 2;
  return std::min(width, height) >= least &&
         std::max(width, height) <= kLongest * std::min(width, height) &&
         blob.count >= kFull * width * height;
}

}  // namespace

void PaintOver(GrayImage& image, const PictureCorners& symbol, double scale) {
  std::array<double, 4> x{};
  std::array<double, 4> y{};
  double middle_x = 0;
  double middle_y = 0;
  for (const PicturePoint& corner : symbol) middle_x += corner.x / 4.0, middle_y += corner.y / 4.0;
  int ground = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto moved = [&](double at, double middle, int most) {
      const double from_middle = (at - middle) * (1 + 2 * kAround);
      return std::clamp((middle + from_middle) / scale, 0.0, static_cast<double>(most - 1));
    };
    x[i] = moved(symbol[i].x, middle_x, image.width);
    y[i] = moved(symbol[i].y, middle_y, image.height);
    ground += image.row(static_cast<int>(y[i]))[static_cast<std::size_t>(x[i])];
  }
  const auto [top, bottom] = std::ranges::minmax(y);
  for (int row = static_cast<int>(top); row <= static_cast<int>(bottom); ++row) {
    double left = image.width;
    double right = -1;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t next = (i + 1) % 4;
      const double part = y[i] == y[next] ? 0 : (row - y[i]) / (y[next] - y[i]);
      if (part < 0 || part > 1) continue;
      const double at = x[i] + part * (x[next] - x[i]);
      left = std::min(left, at);
      right = std::max(right, at);
    }
    if (left > right) continue;
    std::fill(image.row(row) + static_cast<int>(left), image.row(row) + static_cast<int>(right) + 1,
              static_cast<std::uint8_t>(ground / 4));
  }
}

std::vector<Patch> FindPatches(const GrayImage& image, int contrast) {
  Cells cells(image, contrast);
  std::vector<Blob> blobs;
  for (int row = 0; row < cells.rows; ++row) {
    for (int column = 0; column < cells.columns; ++column) {
      if (!cells.busy[cells.At(column, row)]) continue;
      const Blob blob = TakeBlob(cells, column, row);
      if (LooksLikeASymbol(blob)) blobs.push_back(blob);
    }
  }
  std::ranges::sort(blobs, std::ranges::greater(), &Blob::count);
  if (blobs.size() > kMostPatches) blobs.resize(kMostPatches);
  std::vector<Patch> patches;
  for (const Blob& blob : blobs) {
    const int left = std::max((blob.left - 1) * kCell, 0);
    const int top = std::max((blob.top - 1) * kCell, 0);
    const int right = std::min((blob.right + 2) * kCell, image.width);
    const int bottom = std::min((blob.bottom + 2) * kCell, image.height);
    patches.push_back({left, top, right - left, bottom - top});
  }
  return patches;
}

}  // namespace cityid

#include "codec/reader/finder_patterns.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <unordered_map>

#include "codec/reader/local_mean.h"

namespace cityid {
namespace {

using Runs = std::array<int, 5>;

/// In pixels, for seven modules.
constexpr int kMinTotal = 10;
/// Of luminance, between the ring of a pattern and its centre.
constexpr int kMinContrast = 14;
/// Of places that may be patterns, until chance is sorted out.
constexpr std::size_t kMaxSeen = 2400;
constexpr int kAllDirections = 4;

int Total(const Runs& runs) { return runs[0] + runs[1] + runs[2] + runs[3] + runs[4]; }

bool IsFinderRatio(const Runs& runs) {
  const int total = Total(runs);
  if (total < kMinTotal) return false;
  const double module = total / 7.0;
  const double off = module * 0.5 + 0.5;
  return std::abs(runs[0] - module) < off && std::abs(runs[1] - module) < off &&
         std::abs(runs[2] - 3 * module) < 2 * off && std::abs(runs[3] - module) < off &&
         std::abs(runs[4] - module) < off;
}

/// Looks for patterns in one image.
class Search {
 public:
  explicit Search(const GrayImage& image) : image_(image), mean_(image) {}

  FinderPatterns Run() {
    // A pattern's centre is three modules high; turned by 45 degrees, about one of them shows the ratio.
    step_ = image_.size() > 24'000'000 ? 4 : image_.size() > 6'000'000 ? 3
                     : image_.size() > 1'500'000 ? 2 : 1;
    bool more = false;
    for (int y = step_ / 2; y < image_.height && !more; y += step_) {
      ScanRow(y);
      if (found_.size() <= kMaxSeen) continue;
      // Most may be chance, of a row or two.
      EraseChance(y);
      if (found_.size() <= kMaxSeen / 2) continue;
      // The grain of a large photograph looks like patterns everywhere, but hardly ever in all
      // directions. If these are others, there is no use in going on.
      left_out_ = true;
      EraseChance(y);
      more = found_.size() > kMaxSeen / 2;
    }
    EraseChance(2 * image_.height);
    if (found_.size() > kMaxFinderPatterns) {
      found_.resize(kMaxFinderPatterns);
      more = true;
    }
    return {std::move(found_), more || left_out_};
  }

 private:
  /// Forgets the patterns that end above a row and were seen in too few, and where there are too many,
  /// those that were seen in too few directions.
  void EraseChance(int y) {
    std::erase_if(found_, [y, this](const FinderPattern& pattern) {
      if (left_out_ && pattern.directions < kAllDirections) return true;
      return pattern.y + 2 * pattern.module < y &&
             (pattern.height < 2 || pattern.height < 0.9 * pattern.module);
    });
    cells_.clear();
    for (std::size_t i = 0; i < found_.size(); ++i)
      cells_[Cell(found_[i].x, found_[i].y)].push_back(i);
  }

  void ScanRow(int y) {
    const std::uint8_t* row = image_.row(y);
    Runs runs{};
    int start = 0;
    int count = 0;
    bool dark = false;
    for (int bx = 0; bx * LocalMean::kBlock < image_.width; ++bx) {
      const std::uint8_t threshold = mean_.threshold(bx, y / LocalMean::kBlock);
      const int end = std::min((bx + 1) * LocalMean::kBlock, image_.width);
      for (int x = bx * LocalMean::kBlock; x < end; ++x) {
        if ((row[x] < threshold) == dark) continue;
        runs = {runs[1], runs[2], runs[3], runs[4], x - start};
        if (++count >= 5 && IsFinderRatio(runs)) Check(x - runs[4] - runs[3], y, runs, dark);
        start = x;
        dark = !dark;
      }
    }
    runs = {runs[1], runs[2], runs[3], runs[4], image_.width - start};
    if (++count >= 5 && IsFinderRatio(runs))
      Check(image_.width - runs[4] - runs[3], y, runs, dark);
  }

  /// Returns the five runs through a point in one direction, and moves the point to their middle.
  /// `length`: what they are expected to have in all.
  std::optional<Runs> RunsThrough(int& x, int& y, int dx, int dy, bool dark, int length) const {
    Runs runs{};
    const auto walk = [&](int sign, std::size_t second, std::size_t third) {
      int px = x;
      int py = y;
      int part = 0;
      int& middle = runs[2];
      for (int steps = 0; steps <= 2 * length; ++steps) {
        px += sign * dx;
        py += sign * dy;
        const bool inside = px >= 0 && py >= 0 && px < image_.width && py < image_.height;
        if (!inside || mean_.IsDark(px, py) != (part == 1 ? !dark : dark)) {
          if (++part == 3) return true;
          if (!inside) return false;
        }
        ++(part == 0 ? middle : part == 1 ? runs[second] : runs[third]);
      }
      return false;
    };
    int before = 0;
    if (mean_.IsDark(x, y) != dark || !walk(-1, 1, 0)) return std::nullopt;
    before = runs[2];
    if (!walk(1, 3, 4)) return std::nullopt;
    const int shift = (runs[2] - before - before) / 2;
    ++runs[2];
    x += shift * dx;
    y += shift * dy;
    return runs;
  }

  /// Adds a pattern if what a row shows is one in both directions. `right`: where the centre ends.
  void Check(int right, int y, const Runs& seen, bool dark) {
    const int wide = Total(seen);
    const int x = right - (seen[2] + 1) / 2;
    const int ring = wide * 2 / 7;
    const std::uint8_t* row = image_.row(y);
    const int around = (row[std::max(x - ring, 0)] + row[std::min(x + ring, image_.width - 1)]) / 2;
    if ((dark ? around - row[x] : row[x] - around) < kMinContrast) return;
    // Beside the middle, too: there may be a spot on it.
    for (const int aside : {0, -wide / 8, wide / 8}) {
      int px = std::clamp(x + aside, 0, image_.width - 1);
      int py = y;
      const auto down = RunsThrough(px, py, 0, 1, dark, wide);
      if (!down || !IsFinderRatio(*down)) continue;
      const int high = Total(*down);
      if (high > 2 * wide || wide > 2 * high) continue;
      const int directions =
          2 + IsSeen(x, py, 1, 1, dark, wide) + IsSeen(x, py, 1, -1, dark, wide);
      AddWithRows({static_cast<double>(x), static_cast<double>(py), (high + wide) / 14.0, !dark, 1,
                   directions, directions == 4 && IsSeenBetween(x, py, dark, wide)},
                  x, y, wide);
      return;
    }
  }

  /// Adds a pattern that was seen at a point, and the rows beside it that are not scanned.
  void AddWithRows(const FinderPattern& pattern, int x, int y, int wide) {
    const bool is_new = Add(pattern);
    for (int aside = is_new ? 1 - step_ : 1; aside < step_; ++aside)
      if (aside != 0 && IsSeen(x, y + aside, 1, 0, !pattern.inverted, wide)) Add(pattern);
  }

  /// Returns true if a line through a point in this direction shows the ratio.
  bool IsSeen(int x, int y, int dx, int dy, bool dark, int length) const {
    if (y < 0 || y >= image_.height) return false;
    const auto runs = RunsThrough(x, y, dx, dy, dark, length);
    return runs && IsFinderRatio(*runs);
  }

  static std::uint64_t Cell(double x, double y) {
    return static_cast<std::uint64_t>(x / kCell + 1) << 32 | static_cast<std::uint64_t>(y / kCell + 1);
  }

  /// Returns true if lines in the directions between those four show it, too.
  bool IsSeenBetween(int x, int y, bool dark, int length) const {
    return IsSeen(x, y, 2, 1, dark, length) && IsSeen(x, y, 1, 2, dark, length) &&
           IsSeen(x, y, 2, -1, dark, length) && IsSeen(x, y, 1, -2, dark, length);
  }

  /// Adds a pattern, or sees one again that is there: returns false then. Patterns are kept by the
  /// cell of their centre.
  bool Add(const FinderPattern& pattern) {
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        const auto at = cells_.find(Cell(pattern.x + dx * kCell, pattern.y + dy * kCell));
        if (at == cells_.end()) continue;
        for (const std::size_t index : at->second) {
          FinderPattern& other = found_[index];
          const double near = std::max(other.module * 1.5, 2.0);
          if (other.inverted != pattern.inverted || std::abs(other.x - pattern.x) > near ||
              std::abs(other.y - pattern.y) > near)
            continue;
          ++other.height;
          other.directions = std::max(other.directions, pattern.directions);
          other.certain = other.certain || pattern.certain;
          return false;
        }
      }
    }
    cells_[Cell(pattern.x, pattern.y)].push_back(found_.size());
    found_.push_back(pattern);
    return true;
  }

  static constexpr double kCell = 24;
  const GrayImage& image_;
  int step_ = 1;  // every so many rows are looked at
  bool left_out_ = false;  // patterns that were not seen in all directions, because there are so many
  LocalMean mean_;
  std::vector<FinderPattern> found_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> cells_;
};

}  // namespace

FinderPatterns FindFinderPatterns(const GrayImage& image) {
  if (image.width < kMinTotal || image.height < kMinTotal) return {};
  return Search(image).Run();
}

}  // namespace cityid

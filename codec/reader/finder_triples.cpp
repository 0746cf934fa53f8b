// Which finder patterns belong together (codec/reader/finder_patterns.h).
#include <algorithm>
#include <cmath>
#include <optional>

#include "codec/reader/finder_patterns.h"

namespace cityid {
namespace {

// Centres of the patterns of one symbol are 14 (version 1) to 170 modules (version 40) apart.
constexpr double kLeastModules = 10;
constexpr double kMostModules = 200;
/// Changes between light and dark, a module, on a line through a symbol.
constexpr double kLeastChanges = 0.15;
/// Three patterns are one symbol's if they are not more irregular than this.
constexpr double kMostBadness = 0.62;
/// With so many others, the nearest, a pattern is tried.
constexpr std::size_t kNeighbours = 12;

struct Vector {
  double x, y;
  double length() const { return std::hypot(x, y); }
};

Vector Between(const FinderPattern& from, const FinderPattern& to) {
  return {to.x - from.x, to.y - from.y};
}

struct Candidate {
  std::size_t corner, one, other;
  double badness;
};

/// Returns the share of pixels on a line, in steps of half a module, where light changes to dark or
/// back: a symbol has many, the gap between two symbols few.
double Changes(const GrayImage& image, const FinderPattern& from, const FinderPattern& to) {
  const Vector line = Between(from, to);
  const double module = (from.module + to.module) / 2;
  const double length = line.length();
  // From outside of one pattern to outside of the other.
  const double skip = 5 * module / length;
  const int steps = std::min(static_cast<int>(length / module * 2), 800);
  std::vector<int> values;
  for (int i = 0; i <= steps; ++i) {
    const double t = skip + (1 - 2 * skip) * i / steps;
    const int x = static_cast<int>(from.x + line.x * t);
    const int y = static_cast<int>(from.y + line.y * t);
    if (x >= 0 && y >= 0 && x < image.width && y < image.height) values.push_back(image.row(y)[x]);
  }
  if (values.size() < 6) return 0;
  const auto [least, most] = std::ranges::minmax(values);
  if (most - least < 16) return 0;
  const int middle = (least + most) / 2;
  int changes = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    changes += (values[i] < middle) != (values[i - 1] < middle);
  return changes / (length / module);
}

/// Returns how irregular three patterns are as a symbol's; nothing if they can't be one's.
std::optional<double> Badness(const FinderPattern& corner, const FinderPattern& one,
                              const FinderPattern& other) {
  const Vector u = Between(corner, one);
  const Vector v = Between(corner, other);
  const double a = u.length();
  const double b = v.length();
  const double sides = std::abs(std::log(a / b));
  const double cosine = std::abs(u.x * v.x + u.y * v.y) / (a * b);
  if (sides > 0.55 || cosine > 0.45) return std::nullopt;
  const auto [small, large] = std::minmax({corner.module, one.module, other.module});
  const double modules = (a + b) / (2 * (corner.module + one.module + other.module) / 3);
  if (large / small > 1.8 || modules < kLeastModules || modules > kMostModules) return std::nullopt;
  // Letters look like finder patterns in two directions, hardly ever in all four.
  const int directions = corner.directions + one.directions + other.directions - 6;
  const double badness = sides + cosine + std::log(large / small) / 2 + modules / kMostModules -
                         0.06 * directions;
  if (badness > kMostBadness) return std::nullopt;
  return badness;
}

PictureCorners CornersOf(const FinderPattern& corner, const FinderPattern& one,
                         const FinderPattern& other) {
  const double module = (corner.module + one.module + other.module) / 3;
  Vector u = Between(corner, one);
  Vector v = Between(corner, other);
  const double over_u = 3.5 * module / u.length();
  const double over_v = 3.5 * module / v.length();
  const auto at = [&](double s, double t) {
    return PicturePoint{static_cast<std::int32_t>(std::lround(corner.x + u.x * s + v.x * t)),
                        static_cast<std::int32_t>(std::lround(corner.y + u.y * s + v.y * t))};
  };
  return {at(-over_u, -over_v), at(1 + over_u, -over_v), at(1 + over_u, 1 + over_v),
          at(-over_u, 1 + over_v)};
}

/// Returns the patterns of a size like this one's that are nearest to it.
std::vector<std::size_t> Neighbours(const std::vector<FinderPattern>& patterns, std::size_t of) {
  std::vector<std::pair<double, std::size_t>> near;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (i == of || patterns[i].inverted != patterns[of].inverted) continue;
    const double ratio = patterns[i].module / patterns[of].module;
    const double distance = Between(patterns[of], patterns[i]).length() / patterns[of].module;
    if (ratio > 0.55 && ratio < 1.8 && distance > kLeastModules * 0.6 && distance < kMostModules * 1.5)
      near.emplace_back(distance, i);
  }
  const std::size_t count = std::min(near.size(), kNeighbours);
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < count; ++i) indices.push_back(near[i].second);
  return indices;
}

}  // namespace

std::vector<PictureCorners> FindDamaged(const std::vector<FinderPattern>& loose,
                                        const std::vector<FinderPattern>& read,
                                        const GrayImage& image) {
  std::vector<PictureCorners> damaged;
  std::vector<bool> used(loose.size());
  const auto ratio = [](const FinderPattern& a, const FinderPattern& b) {
    return std::max(a.module, b.module) / std::min(a.module, b.module);
  };
  const auto add = [&](const FinderPattern& one, const FinderPattern& other) {
    const double margin = 5 * std::max(one.module, other.module);
    const auto [left, right] = std::minmax(one.x, other.x);
    const auto [top, bottom] = std::minmax(one.y, other.y);
    const auto at = [](double x, double y) {
      return PicturePoint{static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)};
    };
    damaged.push_back({at(left - margin, top - margin), at(right + margin, top - margin),
                       at(right + margin, bottom + margin), at(left - margin, bottom + margin)});
  };
  for (std::size_t i = 0; i < loose.size(); ++i) {
    for (const std::size_t k : Neighbours(loose, i)) {
      if (used[i] || used[k] || ratio(loose[i], loose[k]) > 1.25) continue;
      if (Changes(image, loose[i], loose[k]) < kLeastChanges) continue;
      used[i] = used[k] = true;
      add(loose[i], loose[k]);
    }
  }
  for (std::size_t i = 0; i < loose.size(); ++i) {
    if (!used[i] && std::ranges::any_of(read, [&](const FinderPattern& other) {
          return other.inverted == loose[i].inverted && ratio(loose[i], other) < 1.25;
        }))
      add(loose[i], loose[i]);
  }
  return damaged;
}

double FinderTriple::module() const {
  return (patterns[0].module + patterns[1].module + patterns[2].module) / 3;
}

std::vector<FinderTriple> FindTriples(const std::vector<FinderPattern>& patterns,
                                      const GrayImage& image) {
  std::vector<Candidate> candidates;
  for (std::size_t corner = 0; corner < patterns.size(); ++corner) {
    const auto near = Neighbours(patterns, corner);
    for (std::size_t i = 0; i < near.size(); ++i) {
      for (std::size_t k = i + 1; k < near.size(); ++k) {
        const auto badness = Badness(patterns[corner], patterns[near[i]], patterns[near[k]]);
        if (badness) candidates.push_back({corner, near[i], near[k], *badness});
      }
    }
  }
  std::ranges::sort(candidates, {}, &Candidate::badness);
  std::vector<FinderTriple> triples;
  std::vector<bool> used(patterns.size());
  for (const Candidate& candidate : candidates) {
    const auto [corner, one, other, badness] = candidate;
    if (used[corner] || used[one] || used[other]) continue;
    if (Changes(image, patterns[one], patterns[other]) < kLeastChanges) continue;
    used[corner] = used[one] = used[other] = true;
    triples.push_back({{patterns[corner], patterns[one], patterns[other]},
                       CornersOf(patterns[corner], patterns[one], patterns[other])});
  }
  return triples;
}

}  // namespace cityid

// A bounded memory of what was asked for lately.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace cityid {

/// Remembers which keys were requested, so that a cache can skip what is requested only once. Keeps
/// hashes: it may forget a key, and is wrong once in billions of times. Not thread-safe.
class SeenBefore {
 public:
  /// Returns true if it was called with this key before.
  bool operator()(std::string_view key) {
    const std::uint64_t hash = std::hash<std::string_view>()(key);
    std::uint32_t& last = marks_[hash % kPlaces];
    const auto mark = static_cast<std::uint32_t>(hash >> 32);
    const bool seen = last == mark;
    last = mark;
    return seen;
  }

 private:
  static constexpr std::size_t kPlaces = 32'768;
  std::vector<std::uint32_t> marks_ = std::vector<std::uint32_t>(kPlaces);
};

}  // namespace cityid

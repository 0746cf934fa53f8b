// Whether something was asked for before, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace cityid {

/// Remembers what was asked for lately, by hashes: what comes only once is not worth keeping. May
/// forget, and is wrong once in billions of times. Not thread-safe.
class SeenBefore {
 public:
  /// Whether `key` was here before; from now on it was.
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

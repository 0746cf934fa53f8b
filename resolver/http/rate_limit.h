// So many requests a minute from one address.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace cityid {

/// A token bucket an address, IPv6 by /64. Bounded in memory. Thread-safe. Loopback is exempt.
class RateLimit {
 public:
  explicit RateLimit(unsigned per_minute) : per_minute_(per_minute) {}

  /// Takes a token if there is one. An address that can't be read shares one bucket with its like.
  bool Allow(std::string_view address, std::chrono::sys_seconds now);

 private:
  struct Bucket {
    double tokens;
    std::chrono::sys_seconds filled;
  };
  const unsigned per_minute_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace cityid

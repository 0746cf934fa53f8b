#include "resolver/http/rate_limit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace cityid {
namespace {

constexpr std::size_t kMaxBuckets = 65'536;

/// What shares a bucket: an IPv4 address, or the first 64 bits of an IPv6 one.
std::string NetworkOf(const std::string& address) {
  std::array<unsigned char, 16> v6;
  if (::inet_pton(AF_INET6, address.c_str(), v6.data()) != 1) return address;
  return std::string(v6.begin(), v6.begin() + 8);
}

bool IsLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

}  // namespace

bool RateLimit::Allow(std::string_view address, std::chrono::sys_seconds now) {
  if (IsLoopback(address)) return true;
  const double full = per_minute_;
  const std::scoped_lock lock(mutex_);
  if (buckets_.size() >= kMaxBuckets) {
    // Whoever has been quiet for a minute has a full bucket anyway.
    std::erase_if(buckets_, [&](const auto& bucket) {
      return now - bucket.second.filled >= std::chrono::minutes(1);
    });
    if (buckets_.size() >= kMaxBuckets) return false;
  }
  const auto [found, fresh] = buckets_.try_emplace(NetworkOf(std::string(address)), Bucket{full, now});
  Bucket& bucket = found->second;
  const auto passed = std::max<std::int64_t>((now - bucket.filled).count(), 0);
  bucket.tokens = std::min(full, bucket.tokens + static_cast<double>(passed) * full / 60);
  bucket.filled = std::max(bucket.filled, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace cityid

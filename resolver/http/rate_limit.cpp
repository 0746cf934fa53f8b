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
  return address.starts_with("127.") || address == "::1";
}

}  // namespace

bool RateLimit::Allow(std::string_view address, std::chrono::sys_seconds now) {
  // An IPv4 client of a dual-stack socket.
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  if (IsLoopback(address)) return true;
  const double full = per_minute_;
  const std::string network = NetworkOf(std::string(address));
  const std::scoped_lock lock(mutex_);
  if (buckets_.size() >= kMaxBuckets && !buckets_.contains(network)) {
    // Whoever has been quiet for a minute has a full bucket anyway. If nobody was, all begin anew:
    // a flood of addresses must not keep out everybody else.
    std::erase_if(buckets_, [&](const auto& bucket) {
      return now - bucket.second.filled >= std::chrono::minutes(1);
    });
    if (buckets_.size() >= kMaxBuckets) buckets_.clear();
  }
  Bucket& bucket = buckets_.try_emplace(network, Bucket{full, now}).first->second;
  const auto passed = std::max<std::int64_t>((now - bucket.filled).count(), 0);
  bucket.tokens = std::min(full, bucket.tokens + static_cast<double>(passed) * full / 60);
  bucket.filled = std::max(bucket.filled, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace cityid

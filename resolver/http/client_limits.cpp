#include "resolver/http/client_limits.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace cityid {
namespace {

constexpr std::size_t kMaxBuckets = 65'536;  // in a shard
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

using Address = std::array<std::uint8_t, 16>;

/// Parses an IP address. IPv4 is mapped into IPv6.
std::optional<Address> ParseAddress(std::string_view text) {
  // In a link-local address a percent sign and the interface follow.
  const std::string copy(text.substr(0, std::min<std::size_t>(text.find('%'), INET6_ADDRSTRLEN)));
  Address address;
  if (::inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  std::ranges::copy(kMapped, address.begin());
  if (::inet_pton(AF_INET, copy.c_str(), address.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

bool IsMapped(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

bool BitAt(const Address& address, unsigned bit) {
  return (address[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

}  // namespace

std::optional<Client> ParseClient(std::string_view text) {
  const auto address = ParseAddress(text);
  if (!address) return std::nullopt;
  const auto read = [&](std::size_t first, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | (*address)[first + i];
    return value;
  };
  // No IPv6 client has an address that begins with 32 ones.
  if (IsMapped(*address))
    return Client{std::uint64_t{0xFFFF'FFFF} << 32 | read(12, 4), (*address)[12] == 127};
  return Client{read(0, 8), read(0, 8) == 0 && read(8, 8) == 1};
}

bool Networks::Add(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto address = ParseAddress(std::string_view(text).substr(0, slash));
  if (!address) return false;
  const unsigned most = IsMapped(*address) ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
    if (parsed.ec != std::errc() || parsed.ptr != end || bits > most) return false;
  }
  const Network network{*address, bits + 128 - most};
  for (unsigned bit = network.bits; bit < 128; ++bit) {
    if (BitAt(*address, bit)) return false;
  }
  networks_.push_back(network);
  return true;
}

bool Networks::Contains(std::string_view text) const {
  if (networks_.empty()) return false;
  const auto address = ParseAddress(text);
  if (!address) return false;
  return std::ranges::any_of(networks_, [&](const Network& network) {
    for (unsigned bit = 0; bit < network.bits; ++bit) {
      if (BitAt(*address, bit) != BitAt(network.address, bit)) return false;
    }
    return true;
  });
}

std::chrono::seconds RateLimit::Wait(std::uint64_t client, const Rate& rate,
                                     std::chrono::steady_clock::time_point at) {
  const auto interval = static_cast<Nanoseconds>(1e9 / rate.per_second);
  const auto burst = static_cast<Nanoseconds>(1e9 / rate.per_second * rate.burst);
  const Nanoseconds now = at.time_since_epoch() / std::chrono::nanoseconds(1);
  Shard& shard = shards_[(client * 0x9E37'79B9'7F4A'7C15u) >> 60];
  const std::scoped_lock lock(shard.mutex);
  auto found = shard.full_at.find(client);
  if (found == shard.full_at.end()) {
    if (shard.full_at.size() >= kMaxBuckets) {
      std::erase_if(shard.full_at, [&](const auto& bucket) { return bucket.second <= now; });
      // A flood of addresses must not lock everybody else out: every bucket becomes full.
      if (shard.full_at.size() >= kMaxBuckets) shard.full_at.clear();
    }
    found = shard.full_at.emplace(client, now).first;
  }
  const Nanoseconds full_at = std::max(found->second, now) + interval;
  if (full_at - now > burst) {
    const std::chrono::nanoseconds wait(full_at - now - burst);
    return std::chrono::ceil<std::chrono::seconds>(wait);
  }
  found->second = full_at;
  return std::chrono::seconds(0);
}

bool ConnectionCount::Enter(std::uint64_t client, unsigned limit) {
  const std::scoped_lock lock(mutex_);
  unsigned& open = open_[client];
  if (open >= limit) return false;
  ++open;
  return true;
}

void ConnectionCount::Leave(std::uint64_t client) {
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(client);
  if (found != open_.end() && --found->second == 0) open_.erase(found);
}

}  // namespace cityid

// How much one client may take: connections at a time, and requests a second.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cityid {

/// A client as limits see it: an IPv4 address, or the first 64 bits of an IPv6 address, which one
/// subscriber has to himself. IPv4-mapped addresses are IPv4.
struct Client {
  std::uint64_t key = 0;
  bool loopback = false;
};

/// Nothing if the text is no IP address.
std::optional<Client> ParseClient(std::string_view address);

/// A set of networks: "10.0.0.0/8", "2001:db8::/32", or single addresses.
class Networks {
 public:
  /// False if the text is no network. Bits behind the prefix must be zero.
  bool Add(const std::string& text);
  bool Contains(std::string_view address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    std::array<std::uint8_t, 16> address;
    unsigned bits;
  };
  std::vector<Network> networks_;
};

struct Rate {
  double per_second;
  double burst;  ///< how many may come at once
};

/// A token bucket a client (GCRA), bounded in memory. Thread-safe.
class RateLimit {
 public:
  /// Counts a request; zero if it may pass, else the seconds until the next one may.
  std::chrono::seconds Wait(std::uint64_t client, const Rate& rate,
                            std::chrono::steady_clock::time_point now);

 private:
  using Nanoseconds = std::int64_t;
  struct Shard {
    std::mutex mutex;
    /// When each bucket will be full again; who is not here has a full one.
    std::unordered_map<std::uint64_t, Nanoseconds> full_at;
  };
  std::array<Shard, 16> shards_;
};

/// Connections open at the same time. Thread-safe.
class ConnectionCount {
 public:
  /// Counts a connection in, unless the client has `limit` already.
  bool Enter(std::uint64_t client, unsigned limit);
  void Leave(std::uint64_t client);

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, unsigned> open_;
};

}  // namespace cityid

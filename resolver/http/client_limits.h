// Limits of one client: connections at a time, and requests a second.
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

/// A client as limits see it: an IPv4 address, or the first 64 bits of an IPv6 address, since one
/// subscriber has all addresses behind them. An IPv4-mapped address is IPv4.
struct Client {
  std::uint64_t key = 0;
  bool loopback = false;
};

/// Parses an IP address without a port. Returns nothing for any other text.
std::optional<Client> ParseClient(std::string_view address);

/// A set of networks: "10.0.0.0/8", "2001:db8::/32", or single addresses.
class Networks {
 public:
  /// Adds a network. False if the text is not a network or has bits set after its prefix.
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

/// A token bucket for each client (generic cell rate algorithm), in bounded memory. Thread-safe.
class RateLimit {
 public:
  /// Counts a request. Returns zero if it may pass, else the seconds until the client's next
  /// request may; the refused one does not count.
  std::chrono::seconds Wait(std::uint64_t client, const Rate& rate,
                            std::chrono::steady_clock::time_point now);

 private:
  using Nanoseconds = std::int64_t;
  struct Shard {
    std::mutex mutex;
    /// When each bucket will be full again. A client that is missing has a full bucket.
    std::unordered_map<std::uint64_t, Nanoseconds> full_at;
  };
  std::array<Shard, 16> shards_;
};

/// The number of open connections of each client. Thread-safe.
class ConnectionCount {
 public:
  /// Counts one more connection of the client. False if it has `limit` already.
  bool Enter(std::uint64_t client, unsigned limit);
  /// Counts one less, after an `Enter` that returned true.
  void Leave(std::uint64_t client);

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, unsigned> open_;
};

}  // namespace cityid

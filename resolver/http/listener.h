// The HTTP/1.1 listener: one event loop a core, each with its own accepting sockets
// (docs/adr/0001-listener.md). It knows nothing of what it serves.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "resolver/http/client_limits.h"
#include "resolver/http/message.h"

namespace cityid {

/// What a client may take. Times are totals, from the first byte on: dripping bytes gains nothing.
struct ListenerLimits {
  std::size_t head = 8192;    ///< bytes of request line and header fields; at most `kMaxHead`
  std::size_t target = 4096;  ///< bytes of the request line
  std::size_t fields = 64;    ///< header fields
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
  std::chrono::milliseconds body_time = std::chrono::seconds(30);
  std::chrono::milliseconds idle_time = std::chrono::seconds(30);  ///< between two requests
  /// For a whole reply of 64 KiB at the most, or for each 64 KiB of a larger one.
  std::chrono::milliseconds write_time = std::chrono::seconds(30);
  std::size_t connections = 20'000;          ///< in all; the idlest one makes room for a new one
  unsigned client_connections = 1024;        ///< of one client; many share an address
  unsigned client_requests = 500;            ///< a second, of one client
  unsigned client_burst = 1000;              ///< requests that may come at once
  std::size_t held = std::size_t{64} << 20;  ///< bytes that slow readers have not taken yet
  bool loopback = false;                     ///< whether loopback and `proxies` are limited, too
};
inline constexpr std::size_t kMaxHead = 16384;

/// What can be changed while it runs; connections keep those with which they began.
struct ListenerSettings {
  ListenerLimits limits = {};
  std::vector<std::string> names = {};  ///< that `Host` may be, in lower case; empty: any
  Networks proxies = {};                ///< whose `X-Forwarded-For` is believed
  std::string certificate = {};         ///< PEM file with the chain, for `kTls`
  std::string key = {};                 ///< PEM file
  bool hsts = false;                    ///< whether TLS replies say to stay with TLS
};

enum class ListenKind {
  kPlain,
  kTls,       ///< TLS 1.2 or 1.3
  kRedirect,  ///< plain, and all that is said is to ask the first of `names` over HTTPS
};

struct ListenAddress {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6
  std::uint16_t port = 0;             ///< 0: one that is free
  ListenKind kind = ListenKind::kPlain;
};

struct ListenerOptions {
  std::vector<ListenAddress> addresses = {ListenAddress{}};
  unsigned threads = 0;  ///< 0: one a core
  unsigned workers = 0;  ///< threads for requests that may wait: POSTs; 0: none may
  ListenerSettings settings = {};
};

/// Must not block, unless it is a POST and there are workers. An exception becomes a 500.
using Handler = std::function<SharedReply(const Request&)>;
/// Called once for each loop: that handler sees requests of its loop only, one after another,
/// but POSTs at any time if there are workers.
using HandlerFactory = std::function<Handler()>;
/// The largest body for a path, 0 for none.
using BodyLimitOf = std::function<std::size_t(std::string_view path)>;

/// Why a connection was ended, or a request not taken, by the listener itself.
enum class Refusal : std::uint8_t {
  kConnections,        ///< too many in all, and none was idle
  kClientConnections,  ///< too many of one client
  kEvicted,            ///< an idle one that made room
  kRate,
  kTimeout,
  kMalformed,
  kTooLarge,
  kHost,
  kSlowReader,  ///< too much was held for readers like it
  kTls,         ///< no handshake
};
inline constexpr std::size_t kRefusals = 10;
/// "connections", "client-connections", "evicted", ...
std::string_view Name(Refusal refusal);

struct ListenerCounters {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t held = 0;  ///< bytes
  std::array<std::uint64_t, kRefusals> refused = {};
};

/// A running listener. Dropping it closes every connection.
class Listener {
 public:
  /// Errors: kUsage for an address or settings that are none; kBusy if a port is taken; kIo.
  static Result<std::unique_ptr<Listener>> Start(const ListenerOptions& options,
                                                 const HandlerFactory& make_handler,
                                                 BodyLimitOf body_limit);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Of the first address.
  std::uint16_t port() const { return ports().front(); }
  /// In the order of the addresses.
  std::vector<std::uint16_t> ports() const;

  /// For connections from now on; reads certificate and key anew. Errors: kUsage, kIo; then all
  /// stays as it was. Thread-safe.
  Result<void> Change(const ListenerSettings& settings);

  /// Takes no new connections, ends idle ones, and waits until those that are being answered have
  /// their replies, or `patience` is over.
  void Drain(std::chrono::milliseconds patience);

  /// Thread-safe.
  ListenerCounters counters() const;

 private:
  class Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cityid

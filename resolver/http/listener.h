// The HTTP/1.1 listener (docs/adr/0001-listener.md): it reads requests, hands each to a handler,
// and writes the replies. It knows nothing of what is served.
//
// Start it with `Listener::Start`; it then runs on threads of its own. There is one event loop a
// core, each with its own listening sockets, and the kernel spreads connections over them. A
// connection stays with its loop. The handler answers on the loop what it can answer at once, and
// leaves the rest to workers. `Change` replaces settings while it runs. To stop, call `Drain`,
// which lets replies finish, and destroy it.
//
// The listener defends itself: it bounds every size, every time, and what one client may take. It
// never trusts a byte before it is checked (`CheckRequestHead`), and it never reads files that the
// handler did not name.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "resolver/http/client_limits.h"
#include "resolver/http/listen_address.h"
#include "resolver/message/message.h"

namespace cityid {

/// What a client may take. Times are totals from the first byte on, so a client that sends byte by
/// byte gains nothing.
struct ListenerLimits {
  std::size_t head = 8192;    ///< bytes of request line and header fields; at most `kMaxHead`
  std::size_t target = 4096;  ///< bytes of the request line
  std::size_t fields = 64;    ///< number of header fields
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
  /// For a whole body of up to 1 MiB, or for each MiB of a larger one.
  std::chrono::milliseconds body_time = std::chrono::seconds(30);
  std::chrono::milliseconds idle_time = std::chrono::seconds(30);  ///< between two requests
  /// For a whole reply of up to 64 KiB, or for each 64 KiB of a larger one.
  std::chrono::milliseconds write_time = std::chrono::seconds(30);
  std::size_t connections = 20'000;    ///< of all clients; an idle one is closed for a new one
  unsigned client_connections = 1024;  ///< of one client; many people may share its address
  unsigned client_requests = 500;      ///< of one client in a second
  unsigned client_burst = 1000;        ///< requests of one client at once
  std::size_t held = std::size_t{64} << 20;  ///< bytes of replies that clients have not read yet
  std::size_t queue = 1024;                  ///< requests that workers handle or that wait for one
  unsigned client_queue = 64;                ///< of these, those of one client
  bool loopback = false;                     ///< whether loopback and `proxies` have limits, too
};
/// The largest `ListenerLimits::head`.
inline constexpr std::size_t kMaxHead = 16384;

/// The settings that `Change` can replace. A connection keeps those that it began with.
struct ListenerSettings {
  ListenerLimits limits = {};
  std::vector<std::string> names = {};  ///< allowed values of `Host`, in lower case; empty: any
  Networks proxies = {};                ///< proxies whose `X-Forwarded-For` is believed
  std::string certificate = {};         ///< PEM file with the certificate's chain, for `kTls`
  std::string key = {};                 ///< PEM file with its private key
  bool hsts = false;  ///< whether replies over TLS tell clients to stay with TLS (RFC 6797)
};

struct ListenerOptions {
  std::vector<ListenAddress> addresses = {ListenAddress{}};
  unsigned threads = 0;  ///< number of loops; 0: one a core
  unsigned workers = 0;  ///< number of threads for what loops don't answer; 0: the loops do
  ListenerSettings settings = {};
};

/// The kind of thread that calls a handler.
enum class Thread : std::uint8_t { kLoop, kWorker };

/// Answers a request. On a loop it answers what neither blocks nor takes long, and returns null for
/// everything else: then it is called again on a worker. An exception becomes a 500.
using Handler = std::function<SharedReply(const Request&, Thread)>;
/// Makes the handler of one loop. The loop calls it for one request after another; workers call it
/// at any time.
using HandlerFactory = std::function<Handler()>;
/// Returns the terms for a request whose head is there, and whose `body` is empty still. Nothing if
/// its path takes no such method: the handler then gets the request without its body, and the
/// connection ends. Called on the loops, and has to return at once.
using BodyTermsOf = std::function<std::optional<BodyTerms>(const Request& head)>;

/// Why the listener itself ended a connection or refused a request.
enum class Refusal : std::uint8_t {
  kConnections,        ///< too many connections in all, and none was idle
  kClientConnections,  ///< too many connections of one client
  kEvicted,            ///< an idle connection was closed for a new one
  kRate,               ///< too many requests of one client: 429
  kQueue,              ///< too many requests wait for workers: 503, or 429 if they are the client's
  kTimeout,            ///< a request or reply took too long
  kMalformed,          ///< not HTTP/1.1 as we accept it: 400, 501 or 505
  kTooLarge,           ///< 413, 414, 415 or 431
  kHost,               ///< `Host` is none of `names`: 421
  kSlowReader,         ///< `held` was reached, and this client was the slowest
  kTls,                ///< the TLS handshake failed
  kLast = kTls,
};
inline constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::kLast) + 1;
/// Returns "connections", "client-connections", "evicted" and so on: the name in metrics.
std::string_view Name(Refusal refusal);

struct ListenerCounters {
  std::uint64_t accepted = 0;  ///< connections since the start
  std::uint64_t open = 0;      ///< connections now
  std::uint64_t held = 0;      ///< bytes of replies now that clients have not read yet
  std::array<std::uint64_t, kRefusals> refused = {};  ///< since the start, by `Refusal`
};

/// A running listener. Destroying it closes every connection at once.
class Listener {
 public:
  /// Starts to listen on all addresses. `make_handler` is called once for each loop.
  /// Errors: kUsage for an address that is no IP address, or settings that make no sense or name
  /// files that can't be read; kBusy if another process has a port; kIo.
  static Result<std::unique_ptr<Listener>> Start(const ListenerOptions& options,
                                                 const HandlerFactory& make_handler,
                                                 BodyTermsOf body_terms);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Returns the port of the first address.
  std::uint16_t port() const { return ports().front(); }
  /// Returns the ports in the order of the addresses.
  std::vector<std::uint16_t> ports() const;

  /// Uses `settings` for connections that are accepted from now on, with certificate and key read
  /// again. Thread-safe. Errors: kUsage, as in `Start`; then everything stays as it was.
  Result<void> Change(const ListenerSettings& settings);

  /// Stops accepting, closes idle connections, and waits until the others have their replies or
  /// `patience` is over. Call it once, before the listener is destroyed.
  void Drain(std::chrono::milliseconds patience);

  /// Returns the counters of all loops. Thread-safe; waits for no loop.
  ListenerCounters counters() const;

 private:
  class Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cityid

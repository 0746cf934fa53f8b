// The HTTP/1.1 listener: one event loop a core, each with its own accepting socket
// (docs/adr/0001-listener.md). It knows nothing of what it serves.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "codec/result.h"
#include "resolver/http/message.h"

namespace cityid {

/// Total times, from the first byte on: a client that drips bytes gains nothing.
struct ListenerLimits {
  std::size_t head = 8192;  ///< bytes of request line and header fields
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
  std::chrono::milliseconds body_time = std::chrono::seconds(30);
  std::chrono::milliseconds idle_time = std::chrono::seconds(60);
  std::chrono::milliseconds write_time = std::chrono::seconds(30);
};

struct ListenerOptions {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6
  std::uint16_t port = 0;             ///< 0: one that is free
  unsigned threads = 0;               ///< 0: one a core
  unsigned workers = 0;               ///< threads for requests that may wait: POSTs; 0: none may
  ListenerLimits limits;
};

/// Called from any of the loops at once; must not block, unless it is a POST and there are workers.
/// An exception becomes a 500.
using Handler = std::function<Response(const Request&)>;
/// The largest body for a path, 0 for none.
using BodyLimitOf = std::function<std::size_t(std::string_view path)>;

/// A running listener. Dropping it closes every connection.
class Listener {
 public:
  /// Errors: kUsage for an address that is none; kBusy if the port is taken; kIo.
  static Result<std::unique_ptr<Listener>> Start(const ListenerOptions& options, Handler handler,
                                                 BodyLimitOf body_limit);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cityid

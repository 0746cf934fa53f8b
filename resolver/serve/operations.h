// The operations plane: metrics, health and readiness for the operator of this machine
// (docs/operations.md 8 and 9, docs/adr/0001-listener.md).
//
// It has threads of its own and shares nothing with the listener's loops, so it answers while every
// loop and every worker is stuck. It must not face strangers: it only listens on loopback or on a
// Unix socket.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "resolver/message/message.h"

namespace cityid {

/// A page of the operations plane.
struct OperationsRoute {
  std::string_view path;  ///< the whole path, "/healthz"; static storage
  /// Called from several threads; an exception becomes a 500. The request has no body.
  std::function<Response(const Request&)> handle;
  std::string_view method = "GET";  ///< HEAD goes with GET
};

/// A running operations plane. Dropping it waits for the replies that are being written.
class Operations {
 public:
  /// Starts to answer on `address`: "127.0.0.1:9090", "[::1]:9090" or "unix:/PATH" (`LocalSocket`).
  /// Any other path gets a 404, any other method a 405, a request with a body a 413. What changes
  /// something is only there on a Unix socket: every page of a browser on this machine can ask a
  /// port.
  /// Errors: those of `LocalSocket::Open`.
  static Result<std::unique_ptr<Operations>> Start(const std::string& address,
                                                   std::vector<OperationsRoute> routes);
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// Where paths begin: "http://127.0.0.1:9090", or "http://unix:/run/cityid/metrics.sock:" as
  /// nginx writes it.
  const std::string& url() const;

 private:
  class Server;
  explicit Operations(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace cityid

// One connection of the listener from its first byte to its last; internal to resolver/http.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "resolver/http/connection.h"

namespace cityid {

/// A socket bound to its loop's concrete executor, which saves a virtual call an operation.
using LoopSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// A connection that was accepted and admitted.
struct Accepted {
  Admission admission;
  LoopSocket socket;
  std::string peer;  ///< the address of its other end, as text
  Client client;
  bool exempt;  ///< from limits
  ListenKind kind;
};

/// Serves the connection until either side ends it. The session owns itself.
void StartSession(Accepted accepted, LoopContext& loop,
                  std::shared_ptr<const ActiveSettings> settings);

}  // namespace cityid

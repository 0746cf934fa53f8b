// One connection of the listener; internal to resolver/http.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "resolver/http/listener.h"

namespace cityid {

/// A socket bound to its loop's concrete executor, which saves a virtual call an operation.
using LoopSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// What all sessions share; outlives them.
struct SessionContext {
  Handler handler;
  BodyLimitOf body_limit;
  ListenerLimits limits;
  boost::asio::thread_pool* workers = nullptr;  ///< for what may wait; null: nothing may
};

/// Serves the connection until either side ends it; owns itself.
void StartSession(LoopSocket socket, const SessionContext& context);

}  // namespace cityid

// One event loop of the listener; internal to resolver/http.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <random>
#include <thread>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "resolver/http/connection.h"
#include "resolver/http/session.h"

namespace cityid {

/// A thread that accepts connections on sockets of its own and serves them.
class Loop {
 public:
  Loop(SharedContext& shared, Handler handler, std::shared_ptr<const ActiveSettings> settings)
      : context_(shared, std::move(handler)), settings_(std::move(settings)), ticker_(io_) {}

  /// Opens one more listening socket. The port is shared with other loops (SO_REUSEPORT).
  boost::system::error_code Listen(const boost::asio::ip::tcp::endpoint& endpoint, ListenKind kind);
  /// The port of the `i`-th listening socket.
  std::uint16_t port(std::size_t i) const;

  /// Starts the thread.
  void Run();
  /// Uses `settings` for connections that are accepted from now on. Thread-safe.
  void Change(std::shared_ptr<const ActiveSettings> settings);
  /// Stops accepting, closes idle connections, and closes others after their reply. Thread-safe.
  void Drain();
  /// Ends the thread.
  void Stop();

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  struct Acceptor {
    Acceptor(boost::asio::io_context& io, ListenKind what) : socket(io), retry(io), kind(what) {}
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>
        socket;
    Timer retry;
    ListenKind kind;
  };

  void Accept(Acceptor& acceptor);
  void Admit(LoopSocket socket, ListenKind kind);
  bool MakeRoom();
  void Tick();

  LoopContext context_;  ///< outlives the connections, which end with `io_`
  std::shared_ptr<const ActiveSettings> settings_;
  std::minstd_rand random_{std::random_device{}()};
  boost::asio::io_context io_{1};
  std::list<Acceptor> acceptors_;
  Timer ticker_;
  std::thread thread_;
};

}  // namespace cityid

// One connection of the listener, and what it shares with others; internal to resolver/http.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <utility>  // Asio 1.74 needs it first in C++20
#include <vector>

#include "resolver/http/listener.h"

namespace cityid {

/// A socket bound to its loop's concrete executor, which saves a virtual call an operation.
using LoopSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Settings as they are used, with what was read for them. Immutable.
struct ActiveSettings {
  ListenerSettings settings;
  std::shared_ptr<boost::asio::ssl::context> tls;
};

/// What the loops share.
struct SharedContext {
  void Count(Refusal refusal) {
    refused[static_cast<std::size_t>(refusal)].fetch_add(1, std::memory_order_relaxed);
  }

  BodyLimitOf body_limit;
  RateLimit rate;
  ConnectionCount connections;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> open = 0;
  std::atomic<std::uint64_t> held = 0;
  std::size_t loops = 1;
  std::array<std::atomic<std::uint64_t>, kRefusals> refused = {};
  boost::asio::thread_pool* workers = nullptr;  ///< for what may wait; null: nothing may
};

inline Rate RateOf(const ListenerLimits& limits) {
  return {static_cast<double>(limits.client_requests), static_cast<double>(limits.client_burst)};
}

/// A connection as its loop knows it. Everything happens on the loop's thread.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Connection() = default;
  /// Closes the socket; the connection goes when its last operation has ended.
  virtual void Close() = 0;

  std::size_t held = 0;  ///< bytes of a reply that it has not taken yet
  Clock::time_point deadline = Clock::time_point::max();
  bool idle = true;         ///< nothing of a request has come
  bool replaceable = true;  ///< waits for the head of a request
  std::size_t place = 0;    ///< among the loop's connections
};

/// What the connections of one loop share; outlives them.
class LoopContext {
 public:
  LoopContext(SharedContext& context, Handler answers)
      : shared(context), handler(std::move(answers)) {}

  SharedContext& shared;
  const Handler handler;
  std::vector<Connection*> connections;
  bool draining = false;

  void Add(Connection* connection);
  void Remove(Connection* connection);
  /// Counts what a connection holds now instead of what it held; if the loop's share of `limit` is
  /// exceeded, whoever has held something longest is closed. False if that is this one.
  bool Hold(Connection* connection, std::size_t bytes, std::size_t limit);

 private:
  std::size_t held_ = 0;
};

/// A place among the open connections; given back when it goes.
class Admission {
 public:
  /// `limited`: of the client's, too; `ConnectionCount::Enter` was called for it.
  Admission(SharedContext& shared, std::uint64_t client, bool limited)
      : shared_(&shared), client_(client), limited_(limited) {
    shared.open.fetch_add(1, std::memory_order_relaxed);
  }
  Admission(Admission&& other) noexcept
      : shared_(std::exchange(other.shared_, nullptr)),
        client_(other.client_),
        limited_(other.limited_) {}
  Admission& operator=(Admission&&) = delete;
  ~Admission() {
    if (shared_ == nullptr) return;
    if (limited_) shared_->connections.Leave(client_);
    shared_->open.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  SharedContext* shared_;
  std::uint64_t client_;
  bool limited_;
};

/// A connection that was accepted, and what was found out about it.
struct Accepted {
  Admission admission;
  LoopSocket socket;
  std::string peer;  ///< address as text
  Client client;
  bool exempt;  ///< from limits
  ListenKind kind;
};

/// Serves the connection until either side ends it; owns itself.
void StartSession(Accepted accepted, LoopContext& loop,
                  std::shared_ptr<const ActiveSettings> settings);

}  // namespace cityid

// What the connections of the listener share; internal to resolver/http.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <utility>  // Asio 1.74 needs it first in C++20
#include <vector>

#include "resolver/http/listener.h"

namespace cityid {

/// Settings with the objects made from them. Immutable.
struct ActiveSettings {
  ListenerSettings settings;
  std::shared_ptr<boost::asio::ssl::context> tls;  ///< null without a certificate
};

/// What all loops share. Thread-safe.
struct SharedContext {
  void Count(Refusal refusal) {
    refused[static_cast<std::size_t>(refusal)].fetch_add(1, std::memory_order_relaxed);
  }

  BodyLimitOf body_limit;
  RateLimit rate;
  ConnectionCount connections;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> open = 0;
  std::atomic<std::uint64_t> held = 0;  ///< bytes
  std::size_t loops = 1;
  std::array<std::atomic<std::uint64_t>, kRefusals> refused = {};
  boost::asio::thread_pool* workers = nullptr;  ///< for POSTs; null: the loop handles them, too
};

inline Rate RateOf(const ListenerLimits& limits) {
  return {static_cast<double>(limits.client_requests), static_cast<double>(limits.client_burst)};
}

/// A connection as its loop knows it. Everything happens on the loop's thread.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Connection() = default;
  /// Closes the socket. The connection is destroyed when its last operation has ended.
  virtual void Close() = 0;

  std::size_t held = 0;  ///< bytes of its reply that the client has not taken yet
  Clock::time_point deadline = Clock::time_point::max();  ///< when the loop closes it
  bool idle = true;                                       ///< no byte of a request has come
  bool replaceable = true;  ///< no whole head of a request has come: it may make room for another
  std::size_t place = 0;    ///< its position among the loop's connections
};

/// What the connections of one loop share; outlives them. Used on the loop's thread only.
class LoopContext {
 public:
  LoopContext(SharedContext& context, Handler answers)
      : shared(context), handler(std::move(answers)) {}

  SharedContext& shared;
  const Handler handler;
  std::vector<Connection*> connections;
  bool draining = false;             ///< no new requests are taken
  std::array<char, 4096> discarded;  ///< where bytes are read that nobody looks at

  void Add(Connection* connection);
  void Remove(Connection* connection);
  /// Notes that `connection` holds `bytes` now. While this loop holds more than its share of
  /// `limit`, closes the connection that has held its bytes longest, unless only one holds any.
  /// False if that connection is `connection` itself, which the caller then lets go.
  bool Hold(Connection* connection, std::size_t bytes, std::size_t limit);

 private:
  std::size_t held_ = 0;
};

/// One of the open connections in the counts, until it is destroyed.
class Admission {
 public:
  /// `limited`: `ConnectionCount::Enter` was called for the client, and `Leave` is due.
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

}  // namespace cityid

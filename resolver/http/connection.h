// What the connections of the listener share; internal to resolver/http.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <optional>
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

  BodyTermsOf body_terms;
  RateLimit rate;
  ConnectionCount connections;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> open = 0;
  std::atomic<std::uint64_t> held = 0;  ///< bytes
  std::size_t loops = 1;
  std::array<std::atomic<std::uint64_t>, kRefusals> refused = {};
  boost::asio::thread_pool* workers = nullptr;  ///< null: the loops do their work
  unsigned worker_count = 0;
  std::atomic<std::size_t> queued = 0;  ///< requests that workers handle or that wait for one
  ConnectionCount queued_of;            ///< those of each client that has limits
};

inline Rate RateOf(const ListenerLimits& limits) {
  return {static_cast<double>(limits.client_requests), static_cast<double>(limits.client_burst)};
}

/// A request in the queue of the workers, until this is destroyed.
class QueuePlace {
 public:
  QueuePlace(SharedContext& shared, const Request& request, const ListenerLimits& limits)
      : shared_(shared), before_(shared.queued.fetch_add(1, std::memory_order_relaxed)) {
    if (before_ >= limits.queue) refused_ = 503;
    if (refused_ != 0 || !request.limited) return;
    client_ = request.client;
    if (!shared.queued_of.Enter(*client_, limits.client_queue)) {
      refused_ = 429;
      client_.reset();
    }
  }
  QueuePlace(const QueuePlace&) = delete;
  QueuePlace& operator=(const QueuePlace&) = delete;
  ~QueuePlace() {
    if (client_) shared_.queued_of.Leave(*client_);
    shared_.queued.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Returns the status with which the request is refused, because the queue is full or has too
  /// many of its client; 0 if it isn't.
  int refused() const { return refused_; }
  /// True if all workers were busy when it came.
  bool waits() const { return before_ >= shared_.worker_count; }

 private:
  SharedContext& shared_;
  const std::size_t before_;
  std::optional<std::uint64_t> client_;  ///< counted in `queued_of`
  int refused_ = 0;
};

/// A connection as its loop knows it. Everything happens on the loop's thread.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Connection() = default;
  /// Closes the socket. The connection is destroyed when its last operation has ended.
  virtual void Close() = 0;
  /// True if it sends a body so slowly that its place was given to another request.
  virtual bool IsDisplaced() const = 0;

  std::size_t held = 0;  ///< bytes of its reply that the client has not taken yet
  Clock::time_point held_since = {};  ///< when it began to hold bytes
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

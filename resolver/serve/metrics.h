// What a resolver counts, and its text for Prometheus (docs/operations.md 8).
//
// Each loop of the listener counts into a `LoopMetrics` of its own, without locks. `Metrics` adds
// the loops up when it is asked. It knows neither the route table nor the verdicts: whoever makes
// it says which labels routes and outcomes have.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/replica.h"
#include "resolver/answer/resolve.h"
#include "resolver/http/listener.h"

namespace cityid {

/// Upper bounds in seconds of the buckets of a duration; one more bucket has none.
inline constexpr auto kDurationBounds =
    std::to_array({0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0});

/// Everything that is counted. `Number` is atomic while it is counted, and plain in a sum.
template <class Number>
struct Counters {
  struct Route {
    std::array<Number, 6> statuses = {};  ///< by the first digit of the status
    std::array<Number, kDurationBounds.size() + 1> durations = {};
    Number nanoseconds = 0;
  };
  Counters(std::size_t route_count, std::size_t outcome_count)
      : routes(route_count), outcomes(outcome_count) {}

  std::vector<Route> routes;
  std::vector<Number> outcomes;
  Number hits = 0;
  Number misses = 0;
};

/// The counters of one loop. Thread-safe.
class LoopMetrics {
 public:
  /// There are `routes` + 1 routes: the last one is for requests that fit none.
  LoopMetrics(std::size_t routes, std::size_t outcomes) : counters_(routes + 1, outcomes) {}

  /// Counts a reply. `route` and `outcome` are positions in the labels that `Metrics` was made
  /// with. A route past the end is counted as none; an outcome past the end is not counted.
  void Count(std::size_t route, int status, std::size_t outcome, std::chrono::nanoseconds duration);
  /// Counts a question to the cache of answers.
  void CountCache(bool hit);

  /// Adds what was counted so far to `sum`, which has as many routes and outcomes.
  void AddTo(Counters<std::uint64_t>& sum) const;

 private:
  Counters<std::atomic<std::uint64_t>> counters_;
};

/// The labels of a route.
struct RouteLabel {
  std::string_view method;   ///< "GET"
  std::string_view pattern;  ///< "/{id}"
};

/// Remembers for how long the oldest reader of a ledger has been behind the ledger's head. LMDB
/// doesn't say when a reader began, but one that reads a version began before the next one. Not
/// thread-safe.
class OldestReader {
 public:
  /// How far the oldest reader is behind the head.
  struct Lag {
    std::uint64_t commits = 0;
    std::chrono::seconds age{0};
  };

  /// Takes the version that the oldest reader reads, and the newest one. The age is how long ago
  /// somebody was first seen to read that version when it was no longer the newest, so the oldest
  /// reader is at least that old.
  Lag Look(std::uint64_t oldest, std::uint64_t newest, std::chrono::sys_seconds now);

 private:
  std::uint64_t version_ = 0;  // 0: no reader is behind
  std::chrono::sys_seconds since_;
};

/// A family of counters or gauges with at most one label, as those that the owner of `Metrics`
/// adds.
struct MoreMetrics {
  const char* name;
  const char* help;
  bool counts = false;     ///< a counter; else a gauge
  const char* label = "";  ///< empty: one value, under any name
  std::vector<std::pair<std::string, double>> values = {};
};

/// The counters of all loops. Thread-safe.
class Metrics {
 public:
  /// The texts must outlive this.
  Metrics(std::span<const RouteLabel> routes, std::span<const std::string_view> outcomes)
      : routes_(routes.begin(), routes.end()), outcomes_(outcomes.begin(), outcomes.end()) {}

  /// Returns counters for one more loop, which live as long as this.
  LoopMetrics* AddLoop();

  /// Writes everything in the text format of Prometheus, version 0.0.4: requests and latencies by
  /// route, answers by outcome, the cache, the ledger's size and age, connections and refusals, and
  /// `more`. Reads the ledger in a transaction of its own and waits for no loop.
  std::string Text(const Replica& replica, const AgeLimits& limits,
                   const ListenerCounters& listener, std::chrono::sys_seconds now,
                   const std::vector<MoreMetrics>& more = {}) const;

  /// The media type of `Text`.
  static constexpr const char* kType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  Counters<std::uint64_t> Sum() const;
  const std::vector<RouteLabel> routes_;
  const std::vector<std::string_view> outcomes_;
  mutable std::mutex mutex_;  ///< for `loops_` and `oldest_`
  mutable OldestReader oldest_;
  std::vector<std::unique_ptr<LoopMetrics>> loops_;
};

}  // namespace cityid

// What a resolver counts, and how it is told to Prometheus.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/store/replica.h"
#include "resolver/http/listener.h"
#include "resolver/routes/router.h"

namespace cityid {

/// The counters of one loop; others may read them at any time.
class LoopMetrics {
 public:
  /// `route`: position in the route table, past its end for none.
  void Count(std::size_t route, int status, std::uint8_t outcome,
             std::chrono::nanoseconds duration);
  void CountCache(bool hit) { (hit ? hits_ : misses_).fetch_add(1, std::memory_order_relaxed); }

 private:
  friend class Metrics;
  using Counter = std::atomic<std::uint64_t>;
  static constexpr std::size_t kBuckets = 12;
  static constexpr std::size_t kMaxRoutes = 48;
  static constexpr std::size_t kMaxOutcomes = 32;
  struct RouteCounters {
    std::array<Counter, 6> statuses = {};  ///< by the first digit
    std::array<Counter, kBuckets> durations = {};
    Counter nanoseconds = 0;
  };
  std::array<RouteCounters, kMaxRoutes> routes_ = {};
  std::array<Counter, kMaxOutcomes> outcomes_ = {};
  Counter hits_ = 0;
  Counter misses_ = 0;
};

/// All loops' counters together. Thread-safe.
class Metrics {
 public:
  /// For one more loop; lives as long as this.
  LoopMetrics* AddLoop();

  /// Everything in the text format of Prometheus, version 0.0.4: requests and latencies by route,
  /// verdicts, the cache, the ledger's size, age and trouble, connections and refusals.
  std::string Text(const Replica& replica, const AgeLimits& limits,
                   const ListenerCounters& listener, std::chrono::sys_seconds now) const;

  static constexpr const char* kType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<LoopMetrics>> loops_;
};

}  // namespace cityid

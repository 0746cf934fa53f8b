#include "resolver/serve/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace cityid {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Upper bounds in seconds; the last bucket has none.
constexpr std::array<double, 11> kBounds = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                            0.005,   0.01,   0.05,    0.25,   1};

MetricFamily Family(const char* name, const char* help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

ClientMetric Labelled(std::vector<std::pair<const char*, std::string>> labels) {
  ClientMetric metric;
  for (auto& [name, value] : labels) metric.label.push_back({name, std::move(value)});
  return metric;
}

/// A family of one metric without labels.
MetricFamily Single(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family = Family(name, help, type);
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
  return family;
}

double Number(std::uint64_t value) { return static_cast<double>(value); }

void AddLedger(std::vector<MetricFamily>& families, const Replica& replica, const AgeLimits& limits,
               std::chrono::sys_seconds now) {
  const auto view = replica.Read();
  const auto gauge = [&](const char* name, const char* help, double value) {
    families.push_back(Single(name, help, MetricType::Gauge, value));
  };
  gauge("cityid_ledger_readable", "Whether the ledger can be read.", view ? 1 : 0);
  if (!view) return;
  const Head& head = view->head();
  gauge("cityid_ledger_entries", "Entries of the log.", Number(head.size.value));
  gauge("cityid_ledger_confirmed_timestamp_seconds",
        "When a quorum last confirmed the head, in seconds since 1970.",
        static_cast<double>(head.time.time_since_epoch().count()));
  gauge("cityid_ledger_age_seconds", "How long ago that was.",
        static_cast<double>(std::max<std::int64_t>((now - head.time).count(), 0)));
  gauge("cityid_ledger_stale", "Whether it is past the soft age: answers say so.",
        now - head.time > limits.soft ? 1 : 0);
  gauge("cityid_ledger_frozen",
        "Whether there is evidence against the log: nothing newer is taken.", head.frozen ? 1 : 0);
  gauge("cityid_clock_behind_seconds", "How far this machine's clock is behind the quorum's.",
        static_cast<double>(std::max<std::int64_t>((head.time - now).count(), 0)));
}

void AddListener(std::vector<MetricFamily>& families, const ListenerCounters& listener) {
  families.push_back(Single("cityid_connections_total", "Connections that were accepted.",
                            MetricType::Counter, Number(listener.accepted)));
  families.push_back(Single("cityid_connections_open", "Connections that are open.",
                            MetricType::Gauge, Number(listener.open)));
  families.push_back(Single("cityid_held_bytes", "Bytes of replies that wait for slow readers.",
                            MetricType::Gauge, Number(listener.held)));
  MetricFamily refusals = Family(
      "cityid_refusals_total",
      "Connections ended and requests not taken by the listener, by reason.", MetricType::Counter);
  for (std::size_t i = 0; i < kRefusals; ++i) {
    ClientMetric metric = Labelled({{"reason", std::string(Name(static_cast<Refusal>(i)))}});
    metric.counter.value = Number(listener.refused[i]);
    refusals.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(refusals));
}

}  // namespace

void LoopMetrics::Count(std::size_t route, int status, std::uint8_t outcome,
                        std::chrono::nanoseconds duration) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  RouteCounters& counters = routes_[std::min(route, kMaxRoutes - 1)];
  counters.statuses[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))].fetch_add(1,
                                                                                        kRelaxed);
  const double seconds = static_cast<double>(duration.count()) * 1e-9;
  const auto bucket =
      static_cast<std::size_t>(std::ranges::lower_bound(kBounds, seconds) - kBounds.begin());
  counters.durations[bucket].fetch_add(1, kRelaxed);
  counters.nanoseconds.fetch_add(static_cast<std::uint64_t>(duration.count()), kRelaxed);
  if (outcome > 0) outcomes_[outcome % kMaxOutcomes].fetch_add(1, kRelaxed);
}

LoopMetrics* Metrics::AddLoop() {
  const std::scoped_lock lock(mutex_);
  return loops_.emplace_back(std::make_unique<LoopMetrics>()).get();
}

std::string Metrics::Text(const Replica& replica, const AgeLimits& limits,
                          const ListenerCounters& listener, std::chrono::sys_seconds now) const {
  const std::scoped_lock lock(mutex_);
  const auto sum = [&](const auto& counter_of) {
    std::uint64_t total = 0;
    for (const auto& loop : loops_) total += counter_of(*loop).load(std::memory_order_relaxed);
    return Number(total);
  };
  std::vector<MetricFamily> families;
  MetricFamily requests = Family("cityid_requests_total", "Requests by route and class of status.",
                                 MetricType::Counter);
  MetricFamily durations =
      Family("cityid_request_duration_seconds", "From a parsed request to its reply, by route.",
             MetricType::Histogram);
  const auto table = ResolverRouter().table();
  for (std::size_t route = 0; route <= table.size(); ++route) {
    const bool none = route == table.size();
    const std::string method(none ? "" : table[route].method);
    const std::string pattern(none ? "none" : table[route].pattern);
    const std::size_t slot = none ? LoopMetrics::kMaxRoutes - 1 : route;
    double count = 0;
    for (std::size_t status = 1; status < 6; ++status) {
      const double value = sum([&](const LoopMetrics& loop) -> const LoopMetrics::Counter& {
        return loop.routes_[slot].statuses[status];
      });
      if (value == 0) continue;
      count += value;
      ClientMetric metric = Labelled(
          {{"method", method}, {"route", pattern}, {"status", std::to_string(status) + "xx"}});
      metric.counter.value = value;
      requests.metric.push_back(std::move(metric));
    }
    if (count == 0) continue;
    ClientMetric metric = Labelled({{"method", method}, {"route", pattern}});
    double cumulative = 0;
    for (std::size_t bucket = 0; bucket < LoopMetrics::kBuckets; ++bucket) {
      cumulative += sum([&](const LoopMetrics& loop) -> const LoopMetrics::Counter& {
        return loop.routes_[slot].durations[bucket];
      });
      const double bound =
          bucket < kBounds.size() ? kBounds[bucket] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({static_cast<std::uint64_t>(cumulative), bound});
    }
    metric.histogram.sample_count = static_cast<std::uint64_t>(cumulative);
    metric.histogram.sample_sum =
        1e-9 * sum([&](const LoopMetrics& loop) -> const LoopMetrics::Counter& {
          return loop.routes_[slot].nanoseconds;
        });
    durations.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(requests));
  families.push_back(std::move(durations));

  MetricFamily verdicts =
      Family("cityid_verdicts_total", "Answers by verdict.", MetricType::Counter);
  for (const VerdictRow& row : VerdictTable()) {
    ClientMetric metric = Labelled({{"verdict", std::string(row.name)}});
    metric.counter.value = sum([&](const LoopMetrics& loop) -> const LoopMetrics::Counter& {
      return loop.outcomes_[static_cast<std::size_t>(&row - VerdictTable().data() + 1)];
    });
    verdicts.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(verdicts));

  MetricFamily cache =
      Family("cityid_cache_total", "Requests that the cache of answers could serve, and could not.",
             MetricType::Counter);
  for (const bool hit : {true, false}) {
    ClientMetric metric = Labelled({{"result", hit ? "hit" : "miss"}});
    metric.counter.value = sum([&](const LoopMetrics& loop) -> const LoopMetrics::Counter& {
      return hit ? loop.hits_ : loop.misses_;
    });
    cache.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(cache));
  AddLedger(families, replica, limits, now);
  AddListener(families, listener);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace cityid

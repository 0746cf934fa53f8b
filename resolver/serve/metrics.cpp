#include "resolver/serve/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <sstream>

namespace cityid {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

double Number(std::uint64_t value) { return static_cast<double>(value); }

using Labels = std::vector<ClientMetric::Label>;

/// Returns one value without a label.
MoreMetrics Single(const char* name, const char* help, bool counts, double value) {
  return {name, help, counts, "", {{"", value}}};
}

void AddLedger(std::vector<MoreMetrics>& all, const Replica& replica, const AgeLimits& limits,
               const OldestReader::Lag& lag, std::chrono::sys_seconds now) {
  const auto view = replica.Read();
  const auto gauge = [&](const char* name, const char* help, double value) {
    all.push_back(Single(name, help, false, value));
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
  gauge("cityid_ledger_oldest_reader_commits",
        "How many commits the oldest reader of the ledger, of any process, is behind.",
        Number(lag.commits));
  gauge("cityid_ledger_oldest_reader_seconds",
        "For how long, at least. The ledger's file grows meanwhile.",
        static_cast<double>(lag.age.count()));
  gauge("cityid_ledger_time_ahead_seconds",
        "How far the time at which records are judged is ahead of this machine's clock.",
        static_cast<double>(std::max<std::int64_t>((head.rules_time - now).count(), 0)));
  gauge("cityid_clock_behind_seconds", "How far this machine's clock is behind the quorum's.",
        static_cast<double>(std::max<std::int64_t>((head.time - now).count(), 0)));
}

void AddListener(std::vector<MoreMetrics>& all, const ListenerCounters& listener) {
  all.push_back(Single("cityid_connections_total", "Connections that were accepted.", true,
                       Number(listener.accepted)));
  all.push_back(Single("cityid_connections_open", "Connections that are open.", false,
                       Number(listener.open)));
  all.push_back(Single("cityid_held_bytes", "Bytes of replies that wait for slow readers.", false,
                       Number(listener.held)));
  MoreMetrics refusals{"cityid_refusals_total",
                       "Connections ended and requests not taken by the listener, by reason.", true,
                       "reason"};
  for (std::size_t i = 0; i < kRefusals; ++i)
    refusals.values.emplace_back(Name(static_cast<Refusal>(i)), Number(listener.refused[i]));
  all.push_back(std::move(refusals));
}

using Sums = Counters<std::uint64_t>;

ClientMetric Durations(const Sums::Route& counted, Labels labels) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::uint64_t cumulative = 0;
  for (std::size_t bucket = 0; bucket < counted.durations.size(); ++bucket) {
    cumulative += counted.durations[bucket];
    const double bound = bucket < kDurationBounds.size() ? kDurationBounds[bucket]
                                                         : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = 1e-9 * Number(counted.nanoseconds);
  return metric;
}

/// Adds requests and durations of the routes that were asked for.
void AddRoutes(std::vector<MetricFamily>& families, const std::vector<RouteLabel>& routes,
               const Sums& sums) {
  MetricFamily requests{
      "cityid_requests_total", "Requests by route and class of status.", MetricType::Counter, {}};
  MetricFamily durations{"cityid_request_duration_seconds",
                         "From a parsed request to its reply, by route.",
                         MetricType::Histogram,
                         {}};
  for (std::size_t i = 0; i < sums.routes.size(); ++i) {
    const Sums::Route& counted = sums.routes[i];
    const RouteLabel label = i < routes.size() ? routes[i] : RouteLabel{"", "none"};
    const Labels labels = {{"method", std::string(label.method)},
                           {"route", std::string(label.pattern)}};
    for (std::size_t status = 0; status < counted.statuses.size(); ++status) {
      if (counted.statuses[status] == 0) continue;
      Labels with_status = labels;
      with_status.push_back({"status", std::to_string(status) + "xx"});
      ClientMetric& metric = requests.metric.emplace_back();
      metric.label = std::move(with_status);
      metric.counter.value = Number(counted.statuses[status]);
    }
    if (std::ranges::any_of(counted.durations, [](std::uint64_t count) { return count > 0; }))
      durations.metric.push_back(Durations(counted, labels));
  }
  families.push_back(std::move(requests));
  families.push_back(std::move(durations));
}

void AddAnswers(std::vector<MoreMetrics>& all, const std::vector<std::string_view>& outcomes,
                const Sums& sums) {
  MoreMetrics verdicts{"cityid_verdicts_total", "Answers by verdict.", true, "verdict"};
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    verdicts.values.emplace_back(outcomes[i], Number(sums.outcomes[i]));
  all.push_back(std::move(verdicts));
  all.push_back({"cityid_cache_total",
                 "Requests that the cache of answers could serve, and could not.",
                 true,
                 "result",
                 {{"hit", Number(sums.hits)}, {"miss", Number(sums.misses)}}});
}

MetricFamily FamilyOf(const MoreMetrics& more) {
  MetricFamily family{
      more.name, more.help, more.counts ? MetricType::Counter : MetricType::Gauge, {}};
  for (const auto& [name, value] : more.values) {
    ClientMetric& metric = family.metric.emplace_back();
    if (*more.label != 0) metric.label = {{more.label, name}};
    (more.counts ? metric.counter.value : metric.gauge.value) = value;
  }
  return family;
}

}  // namespace

void LoopMetrics::Count(std::size_t route, int status, std::size_t outcome,
                        std::chrono::nanoseconds duration) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  auto& counted = counters_.routes[std::min(route, counters_.routes.size() - 1)];
  counted.statuses[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))].fetch_add(1, kRelaxed);
  const double seconds = static_cast<double>(duration.count()) * 1e-9;
  const auto bucket = std::ranges::lower_bound(kDurationBounds, seconds) - kDurationBounds.begin();
  counted.durations[static_cast<std::size_t>(bucket)].fetch_add(1, kRelaxed);
  counted.nanoseconds.fetch_add(static_cast<std::uint64_t>(duration.count()), kRelaxed);
  if (outcome < counters_.outcomes.size()) counters_.outcomes[outcome].fetch_add(1, kRelaxed);
}

void LoopMetrics::CountCache(bool hit) {
  (hit ? counters_.hits : counters_.misses).fetch_add(1, std::memory_order_relaxed);
}

void LoopMetrics::AddTo(Counters<std::uint64_t>& sum) const {
  const auto add = [](auto& total, const auto& counter) {
    total += counter.load(std::memory_order_relaxed);
  };
  const auto add_all = [&](auto& totals, const auto& counters) {
    for (std::size_t i = 0; i < counters.size(); ++i) add(totals[i], counters[i]);
  };
  for (std::size_t i = 0; i < counters_.routes.size(); ++i) {
    add_all(sum.routes[i].statuses, counters_.routes[i].statuses);
    add_all(sum.routes[i].durations, counters_.routes[i].durations);
    add(sum.routes[i].nanoseconds, counters_.routes[i].nanoseconds);
  }
  add_all(sum.outcomes, counters_.outcomes);
  add(sum.hits, counters_.hits);
  add(sum.misses, counters_.misses);
}

LoopMetrics* Metrics::AddLoop() {
  const std::scoped_lock lock(mutex_);
  return loops_.emplace_back(std::make_unique<LoopMetrics>(routes_.size(), outcomes_.size())).get();
}

Counters<std::uint64_t> Metrics::Sum() const {
  Sums sums(routes_.size() + 1, outcomes_.size());
  const std::scoped_lock lock(mutex_);
  for (const auto& loop : loops_) loop->AddTo(sums);
  return sums;
}

OldestReader::Lag OldestReader::Look(std::uint64_t oldest, std::uint64_t newest,
                                     std::chrono::sys_seconds now) {
  if (oldest >= newest) {
    version_ = 0;
    return {};
  }
  if (oldest != version_ || now < since_) since_ = now;
  version_ = oldest;
  return {newest - oldest, now - since_};
}

std::string Metrics::Text(const Replica& replica, const AgeLimits& limits,
                          const ListenerCounters& listener, std::chrono::sys_seconds now,
                          const std::vector<MoreMetrics>& more) const {
  const Sums sums = Sum();
  OldestReader::Lag lag;
  {
    const std::scoped_lock lock(mutex_);
    const std::uint64_t oldest = replica.OldestRead();
    lag = oldest_.Look(oldest, replica.Version(), now);
  }
  std::vector<MoreMetrics> all;
  AddAnswers(all, outcomes_, sums);
  AddLedger(all, replica, limits, lag, now);
  AddListener(all, listener);
  all.insert(all.end(), more.begin(), more.end());
  std::vector<MetricFamily> families;
  AddRoutes(families, routes_, sums);
  std::ranges::transform(all, std::back_inserter(families), FamilyOf);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace cityid

#include "resolver/serve/metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "resolver/routes/routes.h"
#include "resolver/serve/responder.h"
#include "tests/world/consortium.h"
#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::kNow;

constexpr std::array<RouteLabel, 2> kRoutes = {{{"GET", "/a"}, {"POST", "/b/{c}"}}};
constexpr std::array<std::string_view, 2> kOutcomes = {"valid", "forged"};
constexpr std::size_t kNone = SIZE_MAX;

class MetricsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(created);
    replica_.emplace(*std::move(created));
  }
  std::string Text(std::chrono::sys_seconds now = kNow) const {
    return "\n" + metrics_.Text(*replica_, {seconds(60), seconds(600)}, listener_, now);
  }
  /// The value of a line that begins with `series`, or nothing.
  std::string ValueOf(const std::string& series, std::chrono::sys_seconds now = kNow) const {
    const std::string text = Text(now);
    const std::size_t start = text.find("\n" + series + " ");
    if (start == std::string::npos) return "";
    const std::size_t value = start + series.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }

  TemporaryDirectory scratch_;
  testing::Consortium consortium_;
  std::optional<Replica> replica_;
  ListenerCounters listener_;
  Metrics metrics_{kRoutes, kOutcomes};
};

TEST_F(MetricsTest, LabelsFollowFromTheRowsAndAnUnknownRouteIsCountedAsNone) {
  LoopMetrics& loop = *metrics_.AddLoop();
  loop.Count(1, 201, kNone, microseconds(1));
  loop.Count(0, 404, kNone, microseconds(1));
  for (const std::size_t route : {std::size_t{2}, std::size_t{255}, SIZE_MAX})
    loop.Count(route, 404, kNone, microseconds(1));
  EXPECT_EQ(ValueOf(R"(cityid_requests_total{method="POST",route="/b/{c}",status="2xx"})"), "1");
  EXPECT_EQ(ValueOf(R"(cityid_requests_total{method="GET",route="/a",status="4xx"})"), "1");
  EXPECT_EQ(ValueOf(R"(cityid_requests_total{method="",route="none",status="4xx"})"), "3");
  EXPECT_EQ(ValueOf(R"(cityid_requests_total{method="GET",route="/a",status="2xx"})"), "");
}

TEST_F(MetricsTest, EveryOutcomeIsThereFromTheStartAndNoOtherIsCounted) {
  EXPECT_EQ(ValueOf(R"(cityid_verdicts_total{verdict="valid"})"), "0");
  LoopMetrics& loop = *metrics_.AddLoop();
  loop.Count(0, 200, 0, microseconds(1));
  loop.Count(0, 200, 0, microseconds(1));
  loop.Count(0, 403, 1, microseconds(1));
  for (const std::size_t outcome : {std::size_t{2}, kNone})
    loop.Count(0, 200, outcome, microseconds(1));
  EXPECT_EQ(ValueOf(R"(cityid_verdicts_total{verdict="valid"})"), "2");
  EXPECT_EQ(ValueOf(R"(cityid_verdicts_total{verdict="forged"})"), "1");
}

TEST_F(MetricsTest, EveryRowOfTheRouteTableAndOfTheVerdictTableHasItsOwnLabel) {
  const auto metrics = MakeMetrics(ResolverRouter());
  const auto table = ResolverRouter().table();
  LoopMetrics& loop = *metrics->AddLoop();
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (std::size_t times = 0; times <= row; ++times) loop.Count(row, 200, kNone, microseconds(1));
  }
  for (std::size_t row = 0; row < VerdictTable().size(); ++row) {
    for (std::size_t times = 0; times <= row; ++times) loop.Count(kNone, 200, row, microseconds(1));
  }
  const std::string text = metrics->Text(*replica_, {}, {}, kNow);
  const auto expect_line = [&](const std::string& line) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << " is not in\n" << text;
  };
  for (std::size_t row = 0; row < table.size(); ++row) {
    expect_line("cityid_requests_total{method=\"" + std::string(table[row].method) + "\",route=\"" +
                std::string(table[row].pattern) + "\",status=\"2xx\"} " + std::to_string(row + 1));
  }
  for (std::size_t row = 0; row < VerdictTable().size(); ++row) {
    expect_line("cityid_verdicts_total{verdict=\"" + std::string(VerdictTable()[row].name) +
                "\"} " + std::to_string(row + 1));
  }
}

TEST_F(MetricsTest, DurationsFallIntoCumulativeBucketsUpToAndWithTheirBound) {
  LoopMetrics& loop = *metrics_.AddLoop();
  for (const int duration : {50, 51, 250'000, 5'000'000})
    loop.Count(0, 200, kNone, microseconds(duration));
  const auto bucket = [&](const std::string& bound) {
    return ValueOf(R"(cityid_request_duration_seconds_bucket{method="GET",route="/a",le=")" +
                   bound + "\"}");
  };
  EXPECT_EQ(bucket("5e-05"), "1");
  EXPECT_EQ(bucket("0.0001"), "2");
  EXPECT_EQ(bucket("0.05"), "2");
  EXPECT_EQ(bucket("0.25"), "3");
  EXPECT_EQ(bucket("1"), "3");
  EXPECT_EQ(bucket("+Inf"), "4");
  const std::string labels = R"({method="GET",route="/a"})";
  EXPECT_EQ(ValueOf("cityid_request_duration_seconds_count" + labels), "4");
  EXPECT_NEAR(std::stod(ValueOf("cityid_request_duration_seconds_sum" + labels)), 5.250101, 1e-9);
}

TEST_F(MetricsTest, LoopsAreAddedUpWhileTheyCount) {
  constexpr int kTimes = 2000;
  std::vector<std::thread> loops;
  for (int i = 0; i < 3; ++i) {
    loops.emplace_back([&, loop = metrics_.AddLoop()] {
      for (int n = 0; n < kTimes; ++n) {
        loop->Count(0, 200, 0, microseconds(1));
        loop->CountCache(n % 4 == 0);
      }
    });
  }
  (void)Text();
  for (std::thread& loop : loops) loop.join();
  EXPECT_EQ(ValueOf(R"(cityid_requests_total{method="GET",route="/a",status="2xx"})"), "6000");
  EXPECT_EQ(ValueOf(R"(cityid_cache_total{result="hit"})"), "1500");
  EXPECT_EQ(ValueOf(R"(cityid_cache_total{result="miss"})"), "4500");
}

TEST_F(MetricsTest, TheLedgersAgeIsToldAndHowFarTheClockIsBehind) {
  const auto time = replica_->Read()->head().time;
  EXPECT_EQ(ValueOf("cityid_ledger_readable"), "1");
  EXPECT_EQ(ValueOf("cityid_ledger_age_seconds", time + seconds(60)), "60");
  EXPECT_EQ(ValueOf("cityid_ledger_stale", time + seconds(60)), "0");
  EXPECT_EQ(ValueOf("cityid_ledger_stale", time + seconds(61)), "1");
  EXPECT_EQ(ValueOf("cityid_clock_behind_seconds", time + seconds(61)), "0");
  EXPECT_EQ(ValueOf("cityid_ledger_age_seconds", time - seconds(5)), "0");
  EXPECT_EQ(ValueOf("cityid_clock_behind_seconds", time - seconds(5)), "5");
}

TEST_F(MetricsTest, EveryReasonOfTheListenerHasALineWithItsOwnName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRefusals; ++i) {
    listener_.refused[i] = 100 + i;
    names.insert(Name(static_cast<Refusal>(i)));
  }
  EXPECT_EQ(names.size(), kRefusals);
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const std::string name(Name(static_cast<Refusal>(i)));
    EXPECT_EQ(ValueOf("cityid_refusals_total{reason=\"" + name + "\"}"), std::to_string(100 + i));
  }
  listener_.accepted = 7;
  listener_.open = 6;
  listener_.held = 5;
  EXPECT_EQ(ValueOf("cityid_connections_total"), "7");
  EXPECT_EQ(ValueOf("cityid_connections_open"), "6");
  EXPECT_EQ(ValueOf("cityid_held_bytes"), "5");
}

TEST(OldestReader, IsAsOldAsTheFirstLookThatSawItBehind) {
  OldestReader reader;
  const auto age = [&](std::uint64_t oldest, std::uint64_t newest, int at) {
    return reader.Look(oldest, newest, kNow + seconds(at)).age;
  };
  EXPECT_EQ(age(5, 5, 0), seconds(0));
  EXPECT_EQ(age(5, 6, 10), seconds(0)) << "not known how long before";
  EXPECT_EQ(age(5, 6, 40), seconds(30));
  EXPECT_EQ(age(5, 9, 70), seconds(60));
  EXPECT_EQ(age(7, 9, 80), seconds(0)) << "another reader";
  EXPECT_EQ(age(7, 9, 85), seconds(5));
  EXPECT_EQ(age(7, 9, 20), seconds(0)) << "the clock was set back";
  EXPECT_EQ(age(9, 9, 90), seconds(0));
  EXPECT_EQ(age(9, 10, 95), seconds(0)) << "the newest is no old reader";
  EXPECT_EQ(reader.Look(7, 9, kNow).commits, 2u);
}

TEST_F(MetricsTest, AReaderThatStaysOpenGetsOlder) {
  const std::string name = "cityid_ledger_oldest_reader_seconds";
  {
    const auto view = replica_->Read();
    EXPECT_EQ(ValueOf(name), "0");
    ASSERT_TRUE(replica_->Append({}, kNow, Refused::kKept));
    EXPECT_EQ(ValueOf(name, kNow + seconds(1)), "0");
    EXPECT_EQ(ValueOf(name, kNow + seconds(61)), "60");
    EXPECT_EQ(ValueOf("cityid_ledger_oldest_reader_commits"), "1");
  }
  EXPECT_EQ(ValueOf(name, kNow + seconds(62)), "0");
}

}  // namespace
}  // namespace cityid

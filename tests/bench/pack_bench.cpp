// Packs: the real cities of China; made, opened, and asked for a code.
#include <benchmark/benchmark.h>

#include <memory>

#include "cli/demo/cities.h"
#include "ledger/consortium/publisher.h"
#include "resolver/answer/check.h"
#include "resolver/message/gzip.h"
#include "resolver/proving/pack.h"
#include "tests/bench/sample_ledger.h"

namespace cityid::bench {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};

/// A ledger of real cities with a checkpoint, and the pack of all of them.
class China {
 public:
  China() : replica_(BuildSampleLedger(directory_.path() / "ledger", 0, kNow)) {
    std::vector<Bytes> entries;
    for (const cli::City& city : Must(cli::Cities())) {
      if (!prefix_.Covers(city.id)) continue;
      Holding holding;
      holding.metadata = city.metadata;
      holding.endpoints = city.endpoints;
      entries.push_back(SampleAssignment(ids_.size(), city.id, std::move(holding), city.aliases));
      ids_.push_back(city.id);
    }
    for (const Sequenced& outcome : Must(replica_.Append(entries, kNow, Refused::kLeftOut)))
      if (outcome.refused) throw std::runtime_error(outcome.refused->detail);
    PublisherParts parts;
    parts.log_keys.push_back(SampleLogKey());
    for (std::size_t i = 0; i < 3; ++i) parts.witness_keys.push_back(SampleWitnessKey(i));
    Publisher publisher(std::move(parts));
    Must(replica_.Append({}, kNow, Refused::kLeftOut, [&](const auto& before, const auto& after) {
      return publisher.Publish(before, after, kNow);
    }));
    pack_ = Make();
    const auto policy = Must(FindPolicy(Must(replica_.Read())));
    trust_ = std::make_unique<Trust>(Trust::Of(policy->origin, policy->policy));
  }

  Bytes Make() const { return Must(MakePack(prefix_, Must(replica_.Read()), kNow)); }
  ProvenState Open() const { return Must(ProvenState::Open(pack_, *trust_, kNow)); }
  /// A code of each city in turn.
  Query Code(std::size_t number) const {
    const std::size_t city = number % ids_.size();
    const SecretKey key = SampleCodeKey(city);
    return Query{Must(SignCode({ids_[city],
                                Purpose::kCity,
                                HintOf(key.public_key()),
                                static_cast<std::uint32_t>(number),
                                kNow,
                                0,
                                {}},
                               key)),
                 {}};
  }
  const Bytes& pack() const { return pack_; }
  std::size_t cities() const { return ids_.size(); }

 private:
  TemporaryDirectory directory_;
  const Prefix prefix_ = Must(Prefix::Parse("MA.156"));
  Replica replica_;
  std::vector<CityId> ids_;
  Bytes pack_;
  std::unique_ptr<Trust> trust_;
};

/// Made when the first benchmark asks.
const China& TheChina() {
  static const China china;
  return china;
}

/// Its sizes are counters of this row.
void MakePackOfChina(benchmark::State& state) {
  const China& china = TheChina();
  for (auto _ : state) benchmark::DoNotOptimize(china.Make());
  state.counters["bytes"] = static_cast<double>(china.pack().size());
  state.counters["gzip"] = static_cast<double>(Gzip(AsText(china.pack())).size());
  state.counters["cities"] = static_cast<double>(china.cities());
}
BENCHMARK(MakePackOfChina)->Unit(benchmark::kMillisecond);

void OpenPackOfChina(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TheChina().Open());
}
BENCHMARK(OpenPackOfChina)->Unit(benchmark::kMillisecond);

void JudgeByPackOfChina(benchmark::State& state) {
  const ProvenState pack = TheChina().Open();
  std::vector<Query> codes;
  for (std::size_t i = 0; i < 1000; ++i) codes.push_back(TheChina().Code(i));
  std::size_t next = 0;
  for (auto _ : state) {
    const auto answer = Must(Resolve(codes[next++ % codes.size()], pack, pack.head(), {}, kNow));
    if (answer.verdict != Verdict::kValid) state.SkipWithError("a code is not valid");
  }
}
BENCHMARK(JudgeByPackOfChina)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cityid::bench

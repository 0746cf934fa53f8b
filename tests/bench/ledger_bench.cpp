// The ledger: checking and sequencing records, and look-ups beside a bare LMDB get.
#include <benchmark/benchmark.h>
#include <lmdb.h>

#include <algorithm>
#include <map>
#include <random>

#include "ledger/record/signed_record.h"
#include "tests/bench/sample_ledger.h"

namespace cityid::bench {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};
constexpr std::size_t kBatch = 256;

/// One signature verification a signer: four.
void VerifyAssignment(benchmark::State& state) {
  const Bytes entry = SampleAssignment(0);
  const auto signers = static_cast<std::int64_t>(Must(VerifyRecord(entry)).signers().size());
  for (auto _ : state) benchmark::DoNotOptimize(VerifyRecord(entry));
  state.SetItemsProcessed(state.iterations() * signers);
}
BENCHMARK(VerifyAssignment);

/// Shape only: what every look-up pays.
void ParseAssignment(benchmark::State& state) {
  const Bytes entry = SampleAssignment(0);
  for (auto _ : state) benchmark::DoNotOptimize(ParseRecord(entry));
}
BENCHMARK(ParseAssignment);

/// Wall time, the disk's included: 256 records with four signatures each, in one transaction.
void AppendBatch(benchmark::State& state) {
  const TemporaryDirectory directory;
  Replica replica = BuildSampleLedger(directory.path() / "ledger", 0, kNow);
  std::size_t city = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Bytes> batch;
    for (std::size_t i = 0; i < kBatch; ++i) batch.push_back(SampleAssignment(city++));
    state.ResumeTiming();
    const auto outcomes = Must(replica.Append(batch, kNow, Refused::kLeftOut));
    if (outcomes.back().refused) state.SkipWithError("a record was refused");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch) * 4);
}
BENCHMARK(AppendBatch)->Iterations(4)->UseRealTime()->Unit(benchmark::kMillisecond);

struct OpenLedger {
  explicit OpenLedger(std::size_t cities)
      : replica(BuildSampleLedger(directory.path() / "ledger", cities, kNow)) {}
  TemporaryDirectory directory;
  Replica replica;
};

/// The ledger of so many cities, made when the first benchmark asks.
const Replica& LedgerOf(std::size_t cities) {
  static std::map<std::size_t, OpenLedger> ledgers;
  return ledgers.try_emplace(cities, cities).first->second.replica;
}

/// Identifiers of the sample in an order that no cache foresees.
std::vector<CityId> ShuffledIds(std::size_t cities) {
  std::vector<CityId> ids;
  for (std::size_t i = 0; i < cities; ++i) ids.push_back(SampleId(i));
  std::ranges::shuffle(ids, std::minstd_rand(1));
  return ids;
}

/// The same keys and values as the ledger's state, in a table of LMDB's own.
class BareTable {
 public:
  explicit BareTable(std::size_t cities) {
    Check(mdb_env_create(&environment_));
    Check(mdb_env_set_mapsize(environment_, std::size_t{1} << 30));
    Check(mdb_env_open(environment_, directory_.path().c_str(), MDB_NOSYNC, 0600));
    MDB_txn* writing = nullptr;
    Check(mdb_txn_begin(environment_, nullptr, 0, &writing));
    Check(mdb_dbi_open(writing, nullptr, 0, &table_));
    const LedgerView view = Must(LedgerOf(cities).Read());
    for (std::size_t i = 0; i < cities; ++i) {
      const Bytes key = IdentifierKey(SampleId(i));
      const auto value = Must(view.Get(key));
      if (!value) throw std::runtime_error("an identifier is missing");
      MDB_val k = Value(key);
      MDB_val v = Value(*value);
      Check(mdb_put(writing, table_, &k, &v, 0));
    }
    Check(mdb_txn_commit(writing));
    Check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reading_));
  }
  ~BareTable() {
    mdb_txn_abort(reading_);
    mdb_env_close(environment_);
  }
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  bool Has(ByteView key) const {
    MDB_val k = Value(key);
    MDB_val v;
    return mdb_get(reading_, table_, &k, &v) == 0;
  }

 private:
  static void Check(int status) {
    if (status != 0) throw std::runtime_error(mdb_strerror(status));
  }
  static MDB_val Value(ByteView bytes) {
    return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
  }
  TemporaryDirectory directory_;
  MDB_env* environment_ = nullptr;
  MDB_txn* reading_ = nullptr;
  MDB_dbi table_ = 0;
};

void LmdbGet(benchmark::State& state) {
  const auto cities = static_cast<std::size_t>(state.range(0));
  const BareTable table(cities);
  std::vector<Bytes> keys;
  for (const CityId& id : ShuffledIds(cities)) keys.push_back(IdentifierKey(id));
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.Has(keys[i]));
    i = i + 1 == keys.size() ? 0 : i + 1;
  }
}
BENCHMARK(LmdbGet)->Arg(1'000)->Arg(100'000);

void FindIdentifierInView(benchmark::State& state) {
  const auto cities = static_cast<std::size_t>(state.range(0));
  const LedgerView view = Must(LedgerOf(cities).Read());
  const std::vector<CityId> ids = ShuffledIds(cities);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(FindIdentifier(view, ids[i]));
    i = i + 1 == ids.size() ? 0 : i + 1;
  }
}
BENCHMARK(FindIdentifierInView)->Arg(1'000)->Arg(100'000);

/// An identifier and the record that holds its content, decoded.
void ReadHoldingInView(benchmark::State& state) {
  const auto cities = static_cast<std::size_t>(state.range(0));
  const LedgerView view = Must(LedgerOf(cities).Read());
  const std::vector<CityId> ids = ShuffledIds(cities);
  std::size_t i = 0;
  for (auto _ : state) {
    const auto found = Must(FindIdentifier(view, ids[i]));
    benchmark::DoNotOptimize(ReadHolding(view, *found));
    i = i + 1 == ids.size() ? 0 : i + 1;
  }
}
BENCHMARK(ReadHoldingInView)->Arg(1'000)->Arg(100'000);

/// What a request pays before it asks anything.
void OpenView(benchmark::State& state) {
  const Replica& replica = LedgerOf(1'000);
  for (auto _ : state) benchmark::DoNotOptimize(replica.Read());
}
BENCHMARK(OpenView);

}  // namespace
}  // namespace cityid::bench

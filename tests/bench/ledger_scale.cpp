// ledger_scale DIRECTORY IDENTIFIERS: what the ledger costs at a size. Makes the sample ledger in
// DIRECTORY unless it is there, and prints a line a measurement, as JSON.
#include <sodium.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>

#include "ledger/consortium/publisher.h"
#include "ledger/snapshot/snapshot.h"
#include "ledger/sync/replay.h"
#include "ledger/sync/source.h"
#include "ledger/sync/verify.h"
#include "resolver/proving/prove.h"
#include "tests/bench/sample_ledger.h"

namespace cityid::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};
constexpr std::size_t kRounds = 200;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void Print(const char* name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name, value, unit);
  std::fflush(stdout);
}

double Median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

/// From /proc: the largest resident size so far, in MiB.
double PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Sizes and times of proofs about `count` identifiers, or codes of theirs.
void MeasureProofs(const LedgerView& ledger, std::size_t cities, bool codes) {
  const auto policy = Must(FindPolicy(ledger));
  const Trust trust = Trust::Of(policy->origin, policy->policy);
  std::vector<double> sizes, make, check;
  for (std::size_t i = 0; i < kRounds; ++i) {
    const std::size_t city = i * (cities / kRounds + 1) % cities;
    std::string about = SampleId(city).text();
    if (codes) about = SamplePath(SampleCode(city, 1, kNow)).substr(1);
    const auto before = Clock::now();
    const Bytes proof = Must(Prove(about, ledger, kNow));
    make.push_back(SecondsSince(before) * 1e6);
    std::size_t records = 0;
    for (const Bytes& record : Must(ParseProof(proof)).records) records += record.size() + 3;
    sizes.push_back(static_cast<double>(proof.size() - records));
    const auto start = Clock::now();
    const auto checked = Must(CheckAnswer(proof, {}, trust, {}, kNow));
    check.push_back(SecondsSince(start) * 1e6);
    const Verdict expected = codes ? Verdict::kValid : Verdict::kRegistered;
    if (checked.answer.verdict != expected) throw std::runtime_error("a proof proves otherwise");
  }
  const std::string what = codes ? "code" : "identifier";
  Print(("proof size, " + what + ", beside records, largest").c_str(),
        *std::ranges::max_element(sizes), "bytes");
  Print(("proof size, " + what + ", beside records, median").c_str(), Median(sizes), "bytes");
  Print(("proof made, " + what).c_str(), Median(make), "us");
  Print(("proof checked, " + what).c_str(), Median(check), "us");
}

/// The map alone: without disk, signatures and rules.
void MeasureMap(const LedgerView& ledger, std::size_t cities) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{256}}) {
    std::vector<double> times;
    for (std::size_t round = 0; round < 21; ++round) {
      Batch batch(ledger);
      std::vector<MapChange> changes;
      for (std::size_t i = 0; i < count; ++i) {
        const Bytes key = IdentifierKey(SampleId((round * 7919 + i * 104'729) % cities));
        changes.push_back({key, HashMapLeaf(key, key)});
      }
      std::ranges::sort(changes, {}, &MapChange::key);
      const auto same = std::ranges::unique(changes, {}, &MapChange::key);
      changes.erase(same.begin(), same.end());
      const auto start = Clock::now();
      Must(UpdateMap(batch, ledger.head().map, std::move(changes)));
      times.push_back(SecondsSince(start) * 1e6);
    }
    Print(("map update, " + std::to_string(count) + " keys").c_str(), Median(times), "us");
  }
}

/// Signatures checked a second while replaying, against what libsodium does on all cores.
void MeasureReplay(const LedgerView& ledger, const fs::path& scratch) {
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const auto verify = [&] {
    std::vector<std::thread> threads;
    constexpr std::size_t kEach = 20'000;
    const auto start = Clock::now();
    for (std::size_t i = 0; i < cores; ++i) {
      threads.emplace_back([] {
        unsigned char key[32], secret[64], signature[64], message[600] = {};
        crypto_sign_keypair(key, secret);
        crypto_sign_detached(signature, nullptr, message, sizeof message, secret);
        for (std::size_t n = 0; n < kEach; ++n) {
          if (crypto_sign_verify_detached(signature, message, sizeof message, key) != 0)
            std::abort();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return static_cast<double>(cores * kEach) / SecondsSince(start);
  };
  const std::uint64_t size = std::min<std::uint64_t>(ledger.head().size.value, 40'092);
  // A prefix that ends with a batch.
  std::uint64_t end = size;
  while (!ParseStateRoot(Must(ledger.Entry(Index{end - 1})))) --end;
  std::uint64_t signatures = 0;
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto record = Draft::Parse(Must(ledger.Entry(Index{i})));
    if (record) signatures += record->signers().size();
  }
  std::vector<double> ratios;
  for (int round = 0; round < 3; ++round) {
    const double raw = verify();
    fs::remove_all(scratch);
    Replica replica = Must(Replica::CreateEmpty(scratch));
    LedgerSource source(ledger);
    const auto start = Clock::now();
    Must(Replay(replica, source, {TreeSize{end}, Must(RootOf(ledger, TreeSize{end})), {}}));
    const double rate = static_cast<double>(signatures) / SecondsSince(start);
    ratios.push_back(rate / raw);
    Print("replay, signatures", rate, "1/s");
    Print("libsodium on all cores", raw, "1/s");
  }
  Print("replay, against libsodium on all cores", Median(ratios), "ratio");
  fs::remove_all(scratch);
}

void MeasureSnapshot(const LedgerView& ledger, const fs::path& directory) {
  const fs::path file = directory / "snapshot";
  auto start = Clock::now();
  Must(WriteSnapshot(ledger, file));
  Print("snapshot written", SecondsSince(start), "s");
  Print("snapshot size", static_cast<double>(fs::file_size(file)) / (1 << 20), "MiB");
  const auto policy = Must(FindPolicy(ledger));
  const Trust trust = Trust::Of(policy->origin, policy->policy);
  const fs::path restored = directory / "restored";
  fs::remove_all(restored);
  start = Clock::now();
  Must(RestoreSnapshot(file, restored, {trust}, kNow));
  Print("snapshot restored", SecondsSince(start), "s");
  Print("peak memory, mapped files included", PeakMemory(), "MiB");
  start = Clock::now();
  const Replica replica = Must(Replica::Open(restored, Replica::Mode::kRead));
  Print("opened with the check of the head", SecondsSince(start) * 1e6, "us");
  start = Clock::now();
  Must(VerifyMap(Must(replica.Read())));
  Print("state and map checked at a server's start", SecondsSince(start), "s");
  fs::remove_all(restored);
  fs::remove(file);
}

int Run(const fs::path& directory, std::size_t cities) {
  const fs::path path = directory / "ledger";
  const bool there = fs::exists(path / "data.mdb");
  Replica replica = there ? Must(Replica::Open(path, Replica::Mode::kWrite))
                          : BuildSampleLedger(path, cities, kNow);
  PublisherParts parts;
  parts.log_keys.push_back(SampleLogKey());
  for (std::size_t i = 0; i < 3; ++i) parts.witness_keys.push_back(SampleWitnessKey(i));
  Publisher publisher(std::move(parts));
  Must(replica.Append({}, kNow, Refused::kLeftOut, [&](const auto& before, const auto& after) {
    return publisher.Publish(before, after, kNow);
  }));
  const LedgerView ledger = Must(replica.Read());
  Print("identifiers", static_cast<double>(cities), "");
  Print("entries", static_cast<double>(ledger.head().size.value), "");
  Print("database", static_cast<double>(fs::file_size(path / "data.mdb")) / (1 << 20), "MiB");
  MeasureProofs(ledger, cities, false);
  MeasureProofs(ledger, cities, true);
  MeasureMap(ledger, cities);
  MeasureReplay(ledger, directory / "replayed");
  MeasureSnapshot(ledger, directory);
  return 0;
}

}  // namespace
}  // namespace cityid::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: ledger_scale DIRECTORY IDENTIFIERS\n");
    return 2;
  }
  try {
    return cityid::bench::Run(argv[1], std::strtoull(argv[2], nullptr, 10));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ledger_scale: %s\n", error.what());
    return 1;
  }
}

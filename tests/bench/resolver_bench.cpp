// The resolver without network: a code to a verdict, a verdict to a page.
#include <benchmark/benchmark.h>

#include "resolver/answer/resolve.h"
#include "resolver/routes/routes.h"
#include "resolver/show/represent.h"
#include "tests/bench/sample_ledger.h"

namespace cityid::bench {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};
constexpr std::size_t kCities = 1'000;
constexpr std::size_t kCodes = 10'000;

const Replica& SampleReplica() {
  static const TemporaryDirectory directory;
  static const Replica replica = BuildSampleLedger(directory.path() / "ledger", kCities, kNow);
  return replica;
}

/// Paths of different signed codes, the cities in turn.
const std::vector<std::string>& SamplePaths() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < kCodes; ++i) {
      made.push_back(
          SamplePath(SampleCode(i % kCities, static_cast<std::uint32_t>(i / kCities), kNow)));
    }
    return made;
  }();
  return paths;
}

Query QueryOf(std::string_view path) {
  const std::size_t slash = path.find('/', 1);
  return Query::Path(path.substr(1, slash - 1), path.substr(slash + 1));
}

Answer Resolved(const LedgerView& view, const std::string& path) {
  return Must(Resolve(QueryOf(path), view, view.head(), AgeLimits{}, kNow));
}

/// From the path of a code to its verdict and everything known, nothing kept from before.
void ResolveCode(benchmark::State& state) {
  const std::vector<std::string>& paths = SamplePaths();
  const LedgerView view = Must(SampleReplica().Read());
  if (Resolved(view, paths[0]).verdict != Verdict::kValid) state.SkipWithError("not valid");
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Resolved(view, paths[i]));
    i = i + 1 == paths.size() ? 0 : i + 1;
  }
}
BENCHMARK(ResolveCode);

void RenderJsonOfCode(benchmark::State& state) {
  const Answer answer = Resolved(Must(SampleReplica().Read()), SamplePaths()[0]);
  for (auto _ : state) benchmark::DoNotOptimize(RenderJson(answer, RenderContext{}));
}
BENCHMARK(RenderJsonOfCode);

void RenderHtmlOfCode(benchmark::State& state) {
  const Answer answer = Resolved(Must(SampleReplica().Read()), SamplePaths()[0]);
  const RenderContext context{LanguagePriority("zh", ""), kHost};
  for (auto _ : state) benchmark::DoNotOptimize(RenderHtml(answer, context));
}
BENCHMARK(RenderHtmlOfCode);

/// A whole request but for the network; the argument says after how many codes the first one comes
/// again.
void DispatchCode(benchmark::State& state) {
  const auto codes = static_cast<std::size_t>(state.range(0));
  const std::vector<std::string>& paths = SamplePaths();
  Service service;
  service.replica = &SampleReplica();
  service.now = [] { return kNow; };
  Request request;
  request.method = "GET";
  request.headers = {{"Host", kHost}};
  std::size_t i = 0;
  for (auto _ : state) {
    request.target = paths[i];
    benchmark::DoNotOptimize(ResolverRouter().Handle(service, request));
    i = i + 1 == codes ? 0 : i + 1;
  }
}
BENCHMARK(DispatchCode)->Arg(1'000)->Arg(kCodes);

}  // namespace
}  // namespace cityid::bench

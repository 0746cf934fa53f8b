// make_ledger ledger DIR CITIES: a sample ledger in an empty directory.
// make_ledger paths FILE CITIES CODES: so many signed codes for it, the path of one a line, the
// cities in turn, every serial once.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <thread>

#include "tests/bench/sample_ledger.h"

namespace {

using namespace cityid::bench;

std::chrono::sys_seconds Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void MakePaths(const char* file, std::size_t cities, std::size_t codes) {
  const auto now = Now();
  std::vector<std::string> paths(codes);
  const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> workers;
  for (std::size_t worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      for (std::size_t i = worker; i < codes; i += threads) {
        const auto serial = static_cast<std::uint32_t>(i / cities);
        paths[i] = SamplePath(SampleCode(i % cities, serial, now));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::ofstream out(file);
  for (const std::string& path : paths) out << path << '\n';
  if (!out.flush()) throw std::runtime_error("the paths can't be written");
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  try {
    if (what == "ledger" && count == 4) {
      BuildSampleLedger(arguments[2], std::stoul(arguments[3]), Now());
      return 0;
    }
    if (what == "paths" && count == 5) {
      MakePaths(arguments[2], std::stoul(arguments[3]), std::stoul(arguments[4]));
      return 0;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_ledger: %s\n", error.what());
    return 3;
  }
  std::fprintf(stderr, "usage: make_ledger ledger DIR CITIES | paths FILE CITIES CODES\n");
  return 2;
}

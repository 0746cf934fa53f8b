// make_ledger DIR CITIES CODES: a sample ledger in DIR/ledger, and in DIR/paths one path of a
// signed code a line, the cities in turn, every serial once.
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include "tests/bench/sample_ledger.h"

namespace {

void MakeLedger(const std::filesystem::path& directory, std::size_t cities, std::size_t codes) {
  using namespace cityid::bench;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  BuildSampleLedger(directory / "ledger", cities, now);
  std::ofstream paths(directory / "paths");
  for (std::size_t i = 0; i < codes; ++i) {
    const auto serial = static_cast<std::uint32_t>(i / cities);
    paths << SamplePath(SampleCode(i % cities, serial, now)) << '\n';
  }
  if (!paths.flush()) throw std::runtime_error("the paths can't be written");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: make_ledger DIR CITIES CODES\n");
    return 2;
  }
  try {
    MakeLedger(arguments[1], std::stoul(arguments[2]), std::stoul(arguments[3]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_ledger: %s\n", error.what());
    return 3;
  }
}

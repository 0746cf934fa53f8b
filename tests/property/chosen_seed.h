// The seed of a run that draws random values: printed, and CITYID_SEED=N runs the same again.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace cityid::testing {

/// One a process.
inline std::uint64_t ChosenSeed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("CITYID_SEED");
    const std::uint64_t chosen = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::cout << "CITYID_SEED=" << chosen << std::endl;
    return chosen;
  }();
  return seed;
}

}  // namespace cityid::testing

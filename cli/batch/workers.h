// Work on all cores.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace cityid::cli {

/// Calls `work(worker, i)` for every i below `count`, in as many threads as there are workers; a
/// worker has one call at a time. Returns when all are done. `work` doesn't throw.
template <class Work>
void ForEachInThreads(std::size_t workers, std::size_t count, Work work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&](std::size_t worker) {
    for (std::size_t i = next++; i < count; i = next++) work(worker, i);
  };
  std::vector<std::jthread> threads;
  for (std::size_t worker = 1; worker < workers && worker < count; ++worker)
    threads.emplace_back(run, worker);
  run(0);
}

/// Returns how many threads this process may run at once; at least 1.
inline std::size_t Cores() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace cityid::cli

#include "ledger/store/verify_records.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace cityid {

std::vector<Result<VerifiedRecord>> VerifyRecords(const std::vector<ByteView>& entries) {
  constexpr std::size_t kShare = 16;  // entries: some milliseconds of work
  std::vector<Result<VerifiedRecord>> verified(
      entries.size(), Error{Errc::kMalformed, "record: it was not verified"});
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t start; (start = next.fetch_add(kShare)) < entries.size();) {
      const std::size_t end = std::min(start + kShare, entries.size());
      for (std::size_t i = start; i < end; ++i) verified[i] = VerifyRecord(entries[i]);
    }
  };
  std::vector<std::thread> threads;
  const std::size_t shares = (entries.size() + kShare - 1) / kShare;
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1u);
  for (std::size_t i = 1; i < std::min(cores, shares); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return verified;
}

}  // namespace cityid

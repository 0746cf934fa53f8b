// Claim: a snapshot that is opened is of the checkpoint that a quorum has signed, and its rows are
// in order. The seeds are genuine, of the keys below.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "ledger/snapshot/snapshot_reader.h"
#include "tests/world/consortium.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TrustFile kTrust{
      Trust::Of("id.example.cn/ledger", cityid::testing::Consortium().policy())};
  const int fd = ::memfd_create("snapshot", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  const auto snapshot =
      ReadSnapshot("/proc/self/fd/" + std::to_string(fd), kTrust, cityid::testing::kNow);
  ::close(fd);
  if (!snapshot) return 0;
  if (!kTrust.trust.Open(snapshot->header.note, cityid::testing::kNow)) std::abort();
  if (snapshot->values.size() != snapshot->header.values ||
      snapshot->records.size() != snapshot->named.size()) {
    std::abort();
  }
  return 0;
}

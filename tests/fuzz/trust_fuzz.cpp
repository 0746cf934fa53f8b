// Claim: a trust file that parses has one spelling once it was written, and remembers what it said.
#include <cstdlib>

#include "ledger/proof/trust_file.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = TrustFile::Parse(AsText(ByteView(data, size)));
  if (!file) return 0;
  const auto again = TrustFile::Parse(file->text());
  if (!again || !(*again == *file) || again->text() != file->text()) std::abort();
  // A file is reached by what it says itself.
  if (!file->IsReachedBy(file->version, file->confirmed.value_or(std::chrono::sys_seconds{})))
    std::abort();
  return 0;
}

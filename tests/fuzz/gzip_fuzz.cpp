// Claim: whatever a server says is gzip comes out bounded; what is compressed here comes out as it
// was.
#include <cstdlib>

#include "codec/bytes.h"
#include "resolver/message/gzip.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = AsText(ByteView(data, size));
  constexpr std::size_t kLimit = std::size_t{1} << 20;
  const auto plain = Gunzip(input, kLimit);
  if (plain && plain->size() > kLimit) std::abort();
  if (plain && !plain->empty()) {
    const auto less = Gunzip(input, plain->size() - 1);
    if (less || less.error().code != Errc::kTooLarge) std::abort();
  }
  const std::string packed = Gzip(input);
  const auto again = Gunzip(packed, size);
  if (!again || *again != input || Gunzip(packed + "x", size)) std::abort();
  return 0;
}

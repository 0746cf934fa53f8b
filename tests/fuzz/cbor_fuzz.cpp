// Claim: an item that the reader accepts is the one that a generic walk over it accepts, and
// nothing crashes it.
#include <cstdlib>

#include "codec/cbor.h"

using cityid::CborReader;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CborReader in(cityid::ByteView(data, size));
  while (!in.AtEnd()) {
    const std::size_t before = in.position();
    const auto item = in.Item();
    if (!item) break;
    if (item->size() != in.position() - before || item->empty()) std::abort();
    CborReader again(*item);
    if (!again.Item() || !again.End()) std::abort();
  }
  return 0;
}

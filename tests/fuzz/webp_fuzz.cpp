// Claim: nothing that begins as a WebP file crashes its decoder, and what is decoded has its size.
#include "tests/fuzz/decoded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cityid::CheckDecoded(cityid::DecodeWebp(cityid::ByteView(data, size)));
  return 0;
}

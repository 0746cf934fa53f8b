// Claim: an image that decodes has as many pixels as it says; nothing crashes the decoders.
#include <cstdlib>

#include "codec/symbol/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto image = cityid::DecodeImage(cityid::ByteView(data, size));
  if (!image) return 0;
  const auto pixels =
      static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height);
  if (image->pixels.size() != pixels) std::abort();
  if (pixels <= 65536) (void)cityid::ReadSymbols(*image);
  return 0;
}

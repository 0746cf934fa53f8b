// Claim: a question to cityid-print that parses is written back as the same bytes, and so is an
// answer; what it draws from a question ends, and is a file that could be sent.
#include <cstdlib>

#include "codec/print/picture.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  if (const auto drawing = ParseDrawing(input)) {
    if (!Equal(WriteDrawing(*drawing), input)) std::abort();
    // A large picture is no other case than a small one, and takes long.
    Drawing small = *drawing;
    small.scale = 1;
    const auto drawn = DrawPicture(small);
    if (drawn && drawn->content.empty()) std::abort();
  }
  if (const auto drawn = ParseDrawn(input, kMaxCaptionTexts)) {
    if (!Equal(WriteDrawn(*drawn), input)) std::abort();
  }
  return 0;
}

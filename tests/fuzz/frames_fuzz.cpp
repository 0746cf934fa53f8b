// Claim: whatever the reader of pictures sends, it is taken or refused, and a frame that is taken is
// written again as it was.
#include <cstdlib>

#include "codec/picture/frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cityid::FrameReader frames;
  frames.Feed(cityid::ByteView(data, size));
  cityid::PictureAnswer answer;
  std::size_t at = 0;
  while (true) {
    auto frame = frames.Next();
    if (!frame || !*frame) return 0;
    const cityid::Bytes again = cityid::WriteFrame(**frame);
    if (at + again.size() > size || !cityid::Equal(again, cityid::ByteView(data + at, again.size())))
      std::abort();
    at += again.size();
    if (!answer.Take(**std::move(frame), {})) return 0;
    if (answer.result().symbols.size() > cityid::kMaxPictureSymbols) std::abort();
  }
}

// Claim: whatever a small picture shows, looking for symbols in it crashes nothing, and what is said of
// it keeps to the protocol. The first two bytes are its width and height; the pixels follow.
#include <algorithm>
#include <cstdlib>

#include "codec/reader/attempts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || data[0] == 0 || data[1] == 0) return 0;
  cityid::DecodedImage picture;
  picture.image = cityid::Blank(data[0], data[1]);
  std::copy_n(data + 2, std::min(size - 2, picture.image.pixels.size()),
              picture.image.pixels.begin());
  static cityid::ZbarReader zbar;
  cityid::FrameReader frames;
  cityid::PictureAnswer answer;
  const auto take = [&](const cityid::PictureFrame& frame) {
    frames.Feed(cityid::WriteFrame(frame));
    auto read = frames.Next();
    if (!read || !*read || !answer.Take(**std::move(read), {})) std::abort();
  };
  cityid::Attempts(&zbar, {}, take).Read(std::move(picture));
  take(cityid::PictureDone{});
  if (!answer.finished()) std::abort();
  return 0;
}

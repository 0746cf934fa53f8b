// PGM, binary, 8 bits: what pdftoppm makes of a page.
#include <charconv>

#include "codec/reader/decode.h"

namespace cityid {

Result<DecodedImage> DecodePgm(ByteView file) {
  const Error malformed{Errc::kMalformed, "pgm: damaged"};
  std::string_view text = AsText(file);
  text.remove_prefix(3);  // "P5\n"
  const auto number = [&text](char end) -> std::int64_t {
    std::uint32_t value = 0;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 7), value);
    if (error != std::errc() || rest == text.data() + text.size() || *rest != end) return -1;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
    return value;
  };
  const std::int64_t width = number(' ');
  const std::int64_t height = width < 0 ? -1 : number('\n');
  if (height < 0 || number('\n') != 255) return malformed;
  auto decoded = CheckedBlank(width, height);
  if (!decoded) return decoded;
  if (text.size() != decoded->image.pixels.size()) return malformed;
  decoded->image.pixels = ToBytes(AsBytes(text));
  return decoded;
}

}  // namespace cityid

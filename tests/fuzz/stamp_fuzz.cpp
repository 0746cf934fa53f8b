// Claim: a question to cityid-pdf that parses is written back as the same bytes, and so is an
// answer; a stamp whose question parses can be laid out.
#include <cstdlib>

#include "codec/stamp/layout.h"
#include "codec/stamp/stamp.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto expect = [](bool holds) {
    if (!holds) std::abort();
  };
  if (const auto question = ParseStampQuestion(input)) {
    expect(Equal(WriteStampQuestion(*question), input));
    if (const auto* stamp = std::get_if<StampAsked>(&*question)) {
      const auto layout = LayOutStamp(*stamp);
      expect(layout.ok() && layout->size.width_mm > 0 &&
             layout->size.height_mm >= layout->size.width_mm - 1e-9);
    }
  }
  if (const auto opened = ParseOpened(input)) expect(Equal(WriteOpened(opened), input));
  if (const auto look = ParseLook(input)) expect(Equal(WriteLook(look), input));
  if (const auto stamp = ParseStamp(input)) expect(Equal(WriteStamp(stamp), input));
  return 0;
}

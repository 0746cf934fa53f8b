// Claim: whatever a file is, cityid-pdf refuses it or stamps it; what it stamped, it takes again,
// with the same pages of the same size and the same concerns.
#include <cstdlib>

#include "codec/pdf/stamper.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const auto stamper = Stamper::Open(file);
  if (!stamper) return 0;
  const auto look = stamper->Look(-1);
  StampAsked asked;
  asked.modules = 21;
  asked.module_mm = 0.1;
  asked.caption = {"A.1", "b.example"};
  asked.region = 10;
  const auto stamp = stamper->MakeStamp(asked);
  if (!look || !stamp) return 0;
  Bytes stamped = ToBytes(file);
  Append(stamped, stamp->before);
  Append(stamped, AsBytes("         \n"));
  Append(stamped, stamp->after);
  const auto again = Stamper::Open(stamped);
  if (!again) std::abort();
  const auto second = again->Look(-1);
  if (!second || second->pages != look->pages || second->width_mm != look->width_mm ||
      second->height_mm != look->height_mm || second->concerns.size() != look->concerns.size())
    std::abort();
  if (!again->MakeStamp(asked)) std::abort();
  return 0;
}

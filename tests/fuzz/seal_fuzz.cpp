// Seals of any file: what is found lies within it, and a file is intact only if nothing follows.
#include <cstdlib>

#include "codec/seal/seal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cityid::FoundSeals found = cityid::FindSeals({data, size});
  if (found.seals.size() > cityid::kMaxSeals) std::abort();
  for (const cityid::FoundSeal& seal : found.seals) {
    const bool changed = seal.state == cityid::SealState::kChanged;
    if (changed == seal.why.empty()) std::abort();
    if (!changed && seal.place.end() + seal.added != size) std::abort();
  }
  if (found.intact() && found.seals.back().place.end() != size) std::abort();
  return 0;
}

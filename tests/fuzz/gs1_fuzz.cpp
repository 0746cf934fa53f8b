// Claim: a location has one path, whatever spelling it was read from, and only digits with the
// right check digit are a GLN.
#include <algorithm>
#include <cstdlib>

#include "codec/bytes.h"
#include "resolver/routing/gs1.h"

using namespace cityid;  // NOLINT: a fuzz target

namespace {

void Look(const Result<Gs1Location>& location) {
  if (!location) return;
  constexpr std::string_view kBefore = "/414/";
  const std::string path = location->path();
  if (!path.starts_with(kBefore)) std::abort();
  const auto again = ParseGs1Path(std::string_view(path).substr(kBefore.size()));
  if (!again || again->gln != location->gln || again->extension != location->extension)
    std::abort();
  int sum = 0;
  for (std::size_t i = 0; i < location->gln.size(); ++i)
    sum += (location->gln[i] - '0') * (i % 2 == 0 ? 1 : 3);
  const bool digits =
      std::ranges::all_of(location->gln, [](char c) { return c >= '0' && c <= '9'; });
  if (location->gln.size() != 13 || !digits || sum % 10 != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = AsText(ByteView(data, size));
  Look(ParseGs1Path(text));
  Look(DecodeEpc(text, EpcAlphabet::kHex));
  Look(DecodeEpc(text, EpcAlphabet::kBase64));
  return 0;
}

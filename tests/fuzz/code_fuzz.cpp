// Claim: a code that parses is written back as the same bytes, in both carriers.
#include <cstdlib>

#include "codec/city_code.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto scanned = ParseScanned(input);
  if (!scanned) return 0;
  const ClaimedCode& code = scanned->code;
  if (scanned->host) {
    const auto url = WriteCodeUrl(*scanned->host, code);
    if (!url || *url != AsText(input)) std::abort();
  } else if (!Equal(WriteCose(code), input)) {
    std::abort();
  }
  const auto cose = ParseCose(WriteCose(code));
  if (!cose || !(*cose == code)) std::abort();
  const auto token = ParseToken(code.claims.subject, WriteToken(code));
  if (!token || !(*token == code)) std::abort();
  return 0;
}

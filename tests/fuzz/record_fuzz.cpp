// Claim: a record that parses has one encoding, and nothing crashes its parser.
#include <cstdlib>

#include "ledger/record/record.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto record = ParseRecord(input);
  if (!record) return 0;
  const SecretKey key = SecretKey::FromSeed(Seed{});
  const auto more = AddSignature(input, {Role::kRegistrar, &key});
  if (!more) return 0;  // signed already, or too large with one more
  const auto again = ParseRecord(*more);
  if (!again || !(again->record == record->record)) std::abort();
  return 0;
}

// Claim: a record that parses has one encoding, and nothing crashes its parser. Text that a record
// may carry can be shown raw.
#include <cstdlib>

#include "codec/record_text.h"
#include "codec/shown_text.h"
#include "ledger/record/signed_record.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  if (CheckRecordText(AsText(input), TextKind::kWords) && HasForbiddenCharacter(AsText(input)))
    std::abort();
  const auto record = ParseRecord(input);
  if (!record) return 0;
  const SecretKey key = SecretKey::FromSeed(Seed{});
  auto draft = Draft::Parse(input);
  if (!draft) std::abort();
  if (!draft->Sign({Role::kRegistrar, &key})) return 0;  // signed already
  const auto more = draft->Write();
  if (!more) return 0;  // too large with one more
  const auto again = ParseRecord(*more);
  if (!again || !(again->record == record->record)) std::abort();
  return 0;
}

// Claim: a statement that parses says the same when it is signed anew, and is no record.
#include <cstdlib>

#include "ledger/record/statement.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto statement = ClaimedStatement(input);
  const auto verified = VerifyStatement(input);
  if (!statement && verified) std::abort();
  if (!statement) return 0;
  if (verified && !(verified->statement() == *statement)) std::abort();
  if (ParseRecord(input) || Name(statement->body).empty()) std::abort();
  const SecretKey key = SecretKey::FromSeed(Seed{});
  const auto anew = SignStatement(*statement, {{Role::kInstitute, &key}});
  if (!anew) return 0;  // it doesn't fit with this signature
  const auto again = VerifyStatement(*anew);
  if (!again || !(again->statement() == *statement)) std::abort();
  return 0;
}

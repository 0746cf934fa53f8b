// Verifies many records at once, on all cores.
#pragma once

#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"

namespace cityid {

/// Returns `VerifyRecord` of each entry.
std::vector<Result<VerifiedRecord>> VerifyRecords(const std::vector<ByteView>& entries);

}  // namespace cityid

// Compares the tables of two ledger directories that should be the same ledger.
#pragma once

#include <cstdint>

#include "codec/result.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

/// Checks that the tables of `ledger` which follow from the log have exactly the rows of
/// `replayed`. Errors: kCorrupt, naming the table and the key; kIo.
Result<void> CompareTables(const LedgerView& ledger, const LedgerView& replayed);

/// Returns the number of keys of the state. Errors: kCorrupt, kIo.
Result<std::uint64_t> CountStateKeys(const LedgerView& ledger);

}  // namespace cityid

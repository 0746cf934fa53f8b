// The table `terms`, by which identifiers are found (docs/ledger-format.md 6).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/ledger_view.h"
#include "ledger/store/terms.h"

namespace cityid {

class WriteTransaction;

/// Returns true if the table has the terms of all identifiers of the head of size `head`, by the
/// folding of this program. Errors: kCorrupt, kIo.
Result<bool> AreTermsComplete(const ReadTransaction& rows, TreeSize head);
/// Says that the table is complete for the head of size `head`. Errors: kFull, kIo, kCorrupt.
Result<void> MarkTermsComplete(WriteTransaction& transaction, TreeSize head);

/// Visits the rows of the table from `first` on, in order of keys, until `visit` returns false.
/// Errors: kCorrupt; kIo; those of `visit`.
Result<void> ScanTerms(const LedgerView& view, ByteView first,
                       const std::function<Result<bool>(ByteView key, TermRow row)>& visit);

/// The rows of some identifiers.
struct TermStep {
  std::vector<Bytes> rows;  ///< sorted
  std::uint64_t identifiers = 0;
  std::optional<Bytes> next;  ///< key in the state of the identifier after them
};

/// Makes the rows of at most `limit` identifiers from a key of the state on. Errors: kCorrupt, kIo.
Result<TermStep> MakeTerms(const LedgerView& view, ByteView first, std::size_t limit);

}  // namespace cityid

// The table `terms`, by which identifiers are found (docs/ledger-format.md 6).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/ledger_view.h"
#include "ledger/terms/terms.h"

namespace cityid {

class WriteTransaction;
struct StoredTerms;

/// Returns how far the table is made, for the head of size `head` and by the folding of this
/// program; nothing if it isn't. Errors: kCorrupt, kIo.
Result<std::optional<StoredTerms>> FindTermsMade(const ReadTransaction& rows, TreeSize head);
/// Says that the table is made for the head of size `head`, up to `next` or to the end. Errors:
/// kFull, kIo, kCorrupt.
Result<void> MarkTermsMade(WriteTransaction& transaction, TreeSize head,
                           const std::optional<Bytes>& next = {});

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

// The history of identifiers: the rows of the table `history` (docs/ledger-format.md 6).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/fields.h"
#include "ledger/state/state.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

class LedgerView;

/// What an identifier was before one entry that concerned it.
struct HistoryRow {
  std::uint64_t time = 0;                 ///< of the state root after the entry; seconds since 1970
  std::optional<IdentifierState> before;  ///< nothing before `assign`

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "time", s.time);
    f(2, "before", s.before);
  }
};

/// Writes the key of a row: the identifier's key in the state, a zero byte, the entry's index.
Bytes HistoryKey(ByteView state_key, Index index);

/// A row and the place of its entry.
struct PastRow {
  Index index;
  HistoryRow row;
};

/// Visits the rows of an identifier, given by its key in the state, whose entries are before
/// `before`, newest first, until `visit` returns false. Errors: kCorrupt; kIo; those of `visit`.
Result<void> ScanHistoryBack(const LedgerView& view, ByteView state_key, Index before,
                             const std::function<Result<bool>(PastRow)>& visit);

/// Returns the first row of an identifier at `from` or later; nothing if there is none. Errors:
/// kCorrupt, kIo.
Result<std::optional<PastRow>> FirstHistory(const LedgerView& view, ByteView state_key, Index from);

}  // namespace cityid

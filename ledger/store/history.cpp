#include "ledger/store/history.h"

#include "ledger/store/ledger_view.h"
#include "ledger/store/tables.h"

namespace cityid {

Bytes HistoryKey(ByteView state_key, Index index) {
  Bytes key = ToBytes(state_key);
  key.push_back(0);
  AppendBigEndian(key, index.value);
  return key;
}

Result<void> ScanHistory(const LedgerView& view, ByteView state_key,
                         const std::function<Result<bool>(Index, HistoryRow)>& visit) {
  const Bytes first = HistoryKey(state_key, Index{0});
  const ByteView prefix = ByteView(first).first(state_key.size() + 1);
  return view.rows().Scan(
      Table::kHistory, first, [&](ByteView key, ByteView value) -> Result<bool> {
        if (key.size() != first.size() || !Equal(key.first(prefix.size()), prefix)) return false;
        auto row = DecodeFields<HistoryRow>(value);
        if (!row) return CorruptValue("history", row.error());
        return visit(ReadIndex(key.last(8)), *std::move(row));
      });
}

}  // namespace cityid

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

namespace {

/// Reads a row of `state_key`; nothing if the key is of something else.
Result<std::optional<PastRow>> ReadRow(const LedgerView& view, ByteView state_key, ByteView key,
                                       ByteView value) {
  const std::size_t size = state_key.size() + 1;
  if (key.size() != size + 8 || !Equal(key.first(state_key.size()), state_key) ||
      key[state_key.size()] != 0) {
    return std::optional<PastRow>();
  }
  if (const auto counted = view.Count(1); !counted) return counted.error();
  auto row = DecodeFields<HistoryRow>(value);
  if (!row) return CorruptValue("history", row.error());
  return std::optional(PastRow{ReadIndex(key.last(8)), *std::move(row)});
}

}  // namespace

Result<void> ScanHistoryBack(const LedgerView& view, ByteView state_key, Index before,
                             const std::function<Result<bool>(PastRow)>& visit) {
  return view.rows().ScanBack(Table::kHistory, HistoryKey(state_key, before),
                              [&](ByteView key, ByteView value) -> Result<bool> {
                                auto row = ReadRow(view, state_key, key, value);
                                if (!row) return row.error();
                                if (!*row) return false;
                                return visit(**std::move(row));
                              });
}

Result<std::optional<PastRow>> FirstHistory(const LedgerView& view, ByteView state_key,
                                            Index from) {
  std::optional<PastRow> first;
  const auto scanned = view.rows().Scan(Table::kHistory, HistoryKey(state_key, from),
                                        [&](ByteView key, ByteView value) -> Result<bool> {
                                          auto row = ReadRow(view, state_key, key, value);
                                          if (!row) return row.error();
                                          first = *std::move(row);
                                          return false;
                                        });
  if (!scanned) return scanned.error();
  return first;
}

}  // namespace cityid

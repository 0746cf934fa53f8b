#include "ledger/find/past.h"

#include <algorithm>

#include "ledger/store/tables.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

sys_seconds TimeOf(std::uint64_t time) {
  return sys_seconds(seconds(static_cast<std::int64_t>(time)));
}

/// Calls `visit(index, row)` for every row of a state key in order, until it returns false.
template <class Visit>
Result<void> ScanHistory(const LedgerView& view, ByteView state_key, Visit visit) {
  const Bytes first = HistoryKey(state_key, Index{0});
  const ByteView prefix = ByteView(first).first(state_key.size() + 1);
  std::optional<Error> error;
  const auto scanned = view.ScanFrom(Table::kHistory, first, [&](ByteView key, ByteView value) {
    if (key.size() != first.size() || !Equal(key.first(prefix.size()), prefix)) return false;
    auto row = DecodeFields<HistoryRow>(value);
    if (!row) {
      error = CorruptValue("history", row.error());
      return false;
    }
    return visit(ReadIndex(key.last(8)), *std::move(row));
  });
  if (!scanned) return scanned;
  if (error) return *error;
  return {};
}

}  // namespace

Bytes HistoryKey(ByteView state_key, Index index) {
  Bytes key(state_key.begin(), state_key.end());
  key.push_back(0);
  AppendBigEndian(key, index.value);
  return key;
}

Result<std::vector<PastChange>> ReadHistory(const LedgerView& view, const CityId& id, Index before,
                                            std::size_t limit) {
  std::vector<PastChange> changes;
  const auto scanned = ScanHistory(view, IdentifierKey(id), [&](Index index, HistoryRow row) {
    if (index >= before) return false;
    changes.push_back({index, TimeOf(row.time)});
    return true;
  });
  if (!scanned) return scanned.error();
  std::ranges::reverse(changes);
  if (changes.size() > limit) changes.resize(limit);
  return changes;
}

Result<std::optional<sys_seconds>> KnownSince(const LedgerView& view) {
  const TreeSize base = view.head().base;
  if (base.value == 0) return std::optional<sys_seconds>();
  const auto entry = view.Entry(Index{base.value - 1});
  if (!entry) return entry.error();
  const auto root = ParseStateRoot(*entry);
  if (!root) return Error{Errc::kCorrupt, "ledger: the snapshot's last entry is no state root"};
  return std::optional(TimeOf(root->root.time));
}

Result<std::optional<ByteView>> PastState::Get(ByteView key) const {
  if (key.empty() || key[0] != 'I') return view_.Get(key);
  std::optional<HistoryRow> next;  // the first that came later
  const auto scanned = ScanHistory(view_, key, [&](Index, HistoryRow row) {
    if (TimeOf(row.time) <= time_) return true;
    next = std::move(row);
    return false;
  });
  if (!scanned) return scanned.error();
  if (!next) return view_.Get(key);
  if (!next->before) return std::optional<ByteView>();
  values_.push_back(EncodeFields(*next->before));
  return std::optional<ByteView>(values_.back());
}

}  // namespace cityid

#include "ledger/find/past.h"

#include <algorithm>

#include "ledger/store/history.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

sys_seconds TimeOf(std::uint64_t time) {
  return sys_seconds(seconds(static_cast<std::int64_t>(time)));
}

}  // namespace

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
  std::optional<HistoryRow> next;  // the first row after the time
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

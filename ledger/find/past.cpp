#include "ledger/find/past.h"

#include "codec/time_text.h"
#include "ledger/store/history.h"

namespace cityid {

using std::chrono::sys_seconds;

Result<std::vector<PastChange>> ReadHistory(const LedgerView& view, const CityId& id, Index before,
                                            std::size_t limit) {
  std::vector<PastChange> changes;
  const auto scanned = ScanHistoryBack(view, IdentifierKey(id), before, [&](const PastRow& past) {
    if (changes.size() == limit) return false;
    changes.push_back({past.index, TimeOf(past.row.time)});
    return true;
  });
  if (!scanned) return scanned.error();
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
  // The first row after the time or the entry: times never go back in the log.
  std::optional<PastRow> next;
  std::uint64_t low = 0, high = view_.head().size.value;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    auto row = FirstHistory(view_, key, Index{middle});
    if (!row) return row.error();
    if (*row && (*row)->index <= last_ && TimeOf((*row)->row.time) <= time_) {
      low = (*row)->index.value + 1;
      continue;
    }
    if (*row) next = *std::move(row);
    high = middle;
  }
  if (!next) return view_.Get(key);
  if (!next->row.before) return std::optional<ByteView>();
  values_.push_back(EncodeFields(*next->row.before));
  return std::optional<ByteView>(values_.back());
}

}  // namespace cityid

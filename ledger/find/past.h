// The past of identifiers: which entries changed them, and what they were at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/state/state.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

/// An entry that concerned an identifier.
struct PastChange {
  Index index;
  std::chrono::sys_seconds time;
};

/// Returns the entries that concerned an identifier, newest first: at most `limit` of those before
/// `before`. A replica from a snapshot has only those since the snapshot. Errors: kCorrupt, kIo.
Result<std::vector<PastChange>> ReadHistory(const LedgerView& view, const CityId& id, Index before,
                                            std::size_t limit);

/// Returns the time of the snapshot with which the replica began, before which it has no history.
/// Returns nothing if it has everything. Errors: kCorrupt, kIo.
Result<std::optional<std::chrono::sys_seconds>> KnownSince(const LedgerView& view);

/// A state with identifiers as they were at a time, or after an entry. Aliases that are looked up,
/// the policy and the revocations are those of the view, which outlives it.
class PastState : public State {
 public:
  /// At the end of a second: of entries of one second all count.
  PastState(const LedgerView& view, std::chrono::sys_seconds time) : view_(view), time_(time) {}
  /// After the entry `last`.
  PastState(const LedgerView& view, Index last) : view_(view), last_(last) {}
  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override { return view_.Entry(index); }

 private:
  const LedgerView& view_;
  const std::chrono::sys_seconds time_ = std::chrono::sys_seconds::max();
  const Index last_{UINT64_MAX};
  mutable std::vector<Bytes> values_;  // the views that were returned point into them
};

}  // namespace cityid

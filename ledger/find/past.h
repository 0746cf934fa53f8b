// What identifiers were: the rows of the table `history` (docs/ledger-format.md 6).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/state/state.h"
#include "ledger/store/replica.h"

namespace cityid {

/// One entry that concerned an identifier: when its batch was closed, and what the identifier's
/// value was before it.
struct HistoryRow {
  std::uint64_t time = 0;  ///< seconds since 1970: of the state root behind the entry
  std::optional<IdentifierState> before;  ///< nothing before `assign`

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "time", s.time);
    f(2, "before", s.before);
  }
};

/// Key of the table: the identifier's key in the state, 00, the entry's index.
Bytes HistoryKey(ByteView state_key, Index index);

/// An entry that concerned an identifier.
struct PastChange {
  Index index;
  std::chrono::sys_seconds time;
};

/// The entries that concerned an identifier, newest first, at most `limit` of those before
/// `before`. A replica from a snapshot knows only those since. Errors: kCorrupt, kIo.
Result<std::vector<PastChange>> ReadHistory(const LedgerView& view, const CityId& id, Index before,
                                            std::size_t limit);

/// When a replica's own knowledge begins: of one from a snapshot the time of that, else nothing.
/// Errors: kCorrupt, kIo.
Result<std::optional<std::chrono::sys_seconds>> KnownSince(const LedgerView& view);

/// Identifiers as they were at a time; aliases that are looked up, policy and revocations as they
/// are. The view outlives it.
class PastState : public State {
 public:
  PastState(const LedgerView& view, std::chrono::sys_seconds time) : view_(view), time_(time) {}
  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override { return view_.Entry(index); }

 private:
  const LedgerView& view_;
  const std::chrono::sys_seconds time_;
  mutable std::vector<Bytes> values_;  ///< that views were handed out of
};

}  // namespace cityid

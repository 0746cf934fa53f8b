// A ledger that is read: log, tree, state and map, all of one head.
#pragma once

#include <chrono>

#include "ledger/state/state.h"
#include "ledger/tlog/map_proof.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// The sizes, roots and times of a ledger after a batch.
struct Head {
  TreeSize size;
  RootHash root;
  MapHash map;                          ///< root of the state map
  std::chrono::sys_seconds rules_time;  ///< the rules' time: that of the last state root
  /// When this head was last known to be the newest: the time of its checkpoint's quorum. Without
  /// checkpoints, the time when it was written.
  std::chrono::sys_seconds time;
  bool frozen = false;  ///< there is evidence against the log, and no newer entry is taken
  /// The size of the snapshot with which a replica began: it lacks the entries before. 0 if it has
  /// all.
  TreeSize base = {};
  friend bool operator==(const Head&, const Head&) = default;
};

/// Returns words for people if the rules' time is more than a minute ahead of a clock, as after a
/// sequencer's clock was wrong: "; the log's time is 90 minutes ahead of this clock". Else it is
/// empty. The words stay the same for a while, so that they can be compared with those before.
inline std::string TimeAhead(std::chrono::sys_seconds rules_time, std::chrono::sys_seconds now) {
  using std::chrono::days, std::chrono::hours, std::chrono::minutes;
  const auto ahead = rules_time - now;
  if (ahead <= minutes(1)) return {};
  const std::string size = ahead >= days(2)    ? std::to_string(ahead / days(1)) + " days"
                           : ahead >= hours(2) ? std::to_string(ahead / hours(1)) + " hours"
                                               : std::to_string(ahead / minutes(1)) + " minutes";
  return "; the log's time is " + size + " ahead of this clock";
}

/// A ledger at one head: its entries, tree, state and map. Every implementation is consistent in
/// itself.
class Ledger : public State, public virtual TileStore, public ProvableMap {
 public:
  virtual const Head& head() const = 0;
  /// Returns the index of the record of a draft, whoever signed it. Returns nothing if it was not
  /// sequenced, or was refused.
  virtual Result<std::optional<Index>> FindDraft(const DraftId& id) const = 0;
  Result<std::optional<ByteView>> Value(ByteView key) const final { return Get(key); }
};

}  // namespace cityid

// A ledger as it is read: log, tree, state and map, all of one head.
#pragma once

#include <chrono>

#include "ledger/state/state.h"
#include "ledger/tlog/map_proof.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// What the log has come to after a batch.
struct Head {
  TreeSize size;
  RootHash root;
  MapHash map;                          ///< root of the state map
  std::chrono::sys_seconds rules_time;  ///< of the last state root: the time of the rules
  /// When this head was last known to be the newest: the quorum's time of its checkpoint; of a
  /// ledger without checkpoints, when it was written.
  std::chrono::sys_seconds time;
  bool frozen = false;  ///< there is evidence against the log; nothing newer is taken
  /// Where a replica began that was made from a snapshot: it lacks entries before. 0: it has all.
  TreeSize base = {};
  friend bool operator==(const Head&, const Head&) = default;
};

/// One consistent head with everything below it.
class Ledger : public State, public virtual TileStore, public ProvableMap {
 public:
  virtual const Head& head() const = 0;
  /// Where the record of a draft stands, whoever signed it; nothing if it was not sequenced or was
  /// refused.
  virtual Result<std::optional<Index>> FindDraft(const DraftId& id) const = 0;
  Result<std::optional<ByteView>> Value(ByteView key) const final { return Get(key); }
};

}  // namespace cityid

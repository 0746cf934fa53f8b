// Replays a log into a replica: fetches what is missing, checks it against a root, and applies it.
#pragma once

#include <functional>
#include <optional>

#include "codec/result.h"
#include "ledger/store/replica.h"
#include "ledger/sync/source.h"

namespace cityid {

/// Where the log is to come to.
struct ReplayTarget {
  TreeSize size;
  RootHash root;
  /// Written with the last entries; without one the head stays unpublished.
  std::optional<Publication> publication;
};

/// Called now and then with the number of entries that the replica has.
using ReplayProgress = std::function<void(TreeSize)>;

/// Brings the replica from its head to `target`. The leaf hashes are fetched first and must lead to
/// the root, together with the replica's own tree: so the two are consistent, and nothing is
/// written that does not belong to the log. Then the entries, whose signatures are checked on all
/// cores. Written in steps, each ending with a state root: it can be stopped at any time and goes
/// on from there. Errors: kForged if the hashes don't lead to the root, an entry is not the one in
/// the tree, or a state root is wrong; kUnsupported for rules that this program lacks; those of
/// source and replica.
Result<void> Replay(Replica& replica, Source& source, const ReplayTarget& target,
                    const ReplayProgress& progress = {});

}  // namespace cityid

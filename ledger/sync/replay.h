// Replays a log into a replica: fetches what is missing, verifies it against a root, and applies
// it.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "codec/result.h"
#include "ledger/proof/trust.h"
#include "ledger/store/replica.h"
#include "ledger/sync/source.h"

namespace cityid {

/// The head that a replay reaches.
struct ReplayTarget {
  TreeSize size;
  RootHash root;
  /// Written with the last entries. Without it the head has no checkpoint. Of its note are kept the
  /// lines that verify by `trust` or by the policy of the last entries.
  std::optional<Publication> publication;
  std::optional<Trust> trust = {};  ///< what the log was trusted by before the replay
  /// The last batch has no quorum yet: it is staged, and the head is the one before it.
  bool stage_last = false;
};

/// How a replay is watched and stopped.
struct ReplayControl {
  /// Is called now and then with the number of entries that the replica has.
  std::function<void(TreeSize)> progress = {};
  /// Ends it with kStopped, after a fetch at the latest.
  std::stop_token stop = {};
};

/// Brings the replica from its head to `target`. It first fetches the leaf hashes, which must lead
/// from the replica's tree to the root. So the two trees are consistent, and nothing is written
/// that isn't in the log. Then it fetches the entries and verifies their signatures on all cores.
/// It writes in steps that end with a state root; after a stop the next replay goes on from there.
/// Errors: kForged if the hashes don't lead to the root, or an entry is not the one in the tree;
/// kWrongState; kUnsupported for rules that this program lacks; kStopped; those of source and
/// replica.
Result<void> Replay(Replica& replica, Source& source, const ReplayTarget& target,
                    const ReplayControl& control = {});

/// Fetches the entries of one batch that continues the ledger, from its head to a tree, and
/// verifies them against the tree's root. Nothing is written. Errors: kForged; kTooLarge for more
/// than a batch; those of source and ledger.
Result<std::vector<Bytes>> FetchBatch(const LedgerView& ledger, Source& source, TreeSize size,
                                      const RootHash& root);

}  // namespace cityid

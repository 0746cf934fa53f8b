// Forks: two histories of one log, shown by the log's own tiles. This only finds them. What is done
// about one: a replica is frozen by its `Follower`, and a witness refuses (`Witness`); both keep
// the notes as evidence.
#pragma once

#include "codec/result.h"
#include "ledger/state/ledger.h"
#include "ledger/sync/source.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// Returns true if the ledger's tree is that of `checkpoint` or continues it. Errors: those of the
/// ledger.
Result<bool> Contains(const Ledger& ledger, const Checkpoint& checkpoint);

/// Returns true if the tree of `checkpoint` neither continues the ledger's tree nor is an earlier
/// part of it: then whoever signed both has forked the log. The source's tiles must prove this
/// against the checkpoint; returns false if they don't. Errors: those of the ledger.
Result<bool> IsFork(const Ledger& ledger, Source& source, const Checkpoint& checkpoint);

/// Returns true if the source's tiles prove that `newer` continues `older`. Errors: those of the
/// source.
Result<bool> Continues(Source& source, const Checkpoint& older, const Checkpoint& newer);

}  // namespace cityid

// Two histories of one log: told apart by the log's own tiles.
#pragma once

#include "codec/result.h"
#include "ledger/state/ledger.h"
#include "ledger/sync/source.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// True if the tree of `checkpoint` is shown not to be the ledger's tree continued, or an earlier
/// part of it: then who signed both has forked the log. False if it is, and also if the source
/// can't show it: its tiles prove themselves against the checkpoint, or count for nothing. Errors:
/// those of the ledger.
Result<bool> IsFork(const Ledger& ledger, Source& source, const Checkpoint& checkpoint);

}  // namespace cityid

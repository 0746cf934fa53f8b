// Checks a whole ledger directory: every byte of it follows from the log, and the log from its
// signatures.
#pragma once

#include <filesystem>

#include "codec/result.h"
#include "ledger/store/replica.h"
#include "ledger/sync/replay.h"

namespace cityid {

/// Recomputes the map's root from every value of the state, and that nothing stands in the state
/// beside it. Takes as long as reading state and map. Errors: kCorrupt, kIo.
Result<void> VerifyMap(const LedgerView& ledger);

/// Replays the log into a new ledger in `scratch`, which must not exist and is left behind, and
/// compares every table with it; checks the stored checkpoints and policy proofs. Errors: kForged
/// or kCorrupt with what is wrong; those of the disk.
Result<void> VerifyLedger(const LedgerView& ledger, const std::filesystem::path& scratch,
                          const ReplayProgress& progress = {});

}  // namespace cityid

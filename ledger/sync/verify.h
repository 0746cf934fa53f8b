// Verifies a whole ledger directory: every byte of it follows from the log, and the log from its
// signatures.
#pragma once

#include <filesystem>

#include "codec/result.h"
#include "ledger/store/ledger_view.h"
#include "ledger/sync/replay.h"

namespace cityid {

/// Recomputes the map's root from every value of the state, and checks that the state has no other
/// keys. Errors: kCorrupt, kIo.
Result<void> VerifyMap(const LedgerView& ledger);

/// Replays the log into a new ledger in the directory `scratch`, and compares every table with it.
/// Then it checks the stored checkpoints and policy proofs. `scratch` must not exist, and is
/// removed again, also after an error. Errors: kNotFound if the ledger is empty; kRefused if it
/// began with a snapshot; kStopped; kForged, kWrongState or kCorrupt, naming what is wrong; those
/// of the disk.
Result<void> VerifyLedger(const LedgerView& ledger, const std::filesystem::path& scratch,
                          const ReplayControl& control = {});

}  // namespace cityid

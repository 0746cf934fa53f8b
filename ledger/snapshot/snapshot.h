// Snapshots (docs/snapshot.md): a ledger's state without its past, in one file that can be verified
// against a quorum.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "codec/result.h"
#include "ledger/proof/trust_file.h"
#include "ledger/store/replica.h"

namespace cityid {

/// Is called now and then with the number of rows that are done, and of all.
using SnapshotProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Writes a snapshot of a ledger's head: every value of the state, the records that these name, the
/// right edge of the tree, the checkpoint and the policy proofs. Errors: kNotFound if the head has
/// no checkpoint; kTooLarge; kIo; kFull; kCorrupt.
Result<void> WriteSnapshot(const LedgerView& ledger, const std::filesystem::path& file,
                           const SnapshotProgress& progress = {});

struct RestoreOptions {
  SnapshotProgress progress = {};
  std::size_t map_size = 0;   ///< as for `Replica::Open`
  std::stop_token stop = {};  ///< ends it with kStopped
};

/// Makes a replica from a snapshot, in a directory that must not exist. Trusts nothing in the file:
/// its policy proofs lead on from `trust`, if it has that policy; it builds the map anew, whose
/// root must be that of the last state root, which the checkpoint covers, which a quorum has
/// cosigned. Each record must be one that the state names, and none may be missing. The replica
/// serves and follows like any other; if it is older than `trust`, it answers nothing until it has
/// followed the log so far (`Replica::Demand`). It lacks the entries before the snapshot, so it
/// can't be a witness or a registry. After an error there is no replica. Errors: kForged,
/// kMalformed or kRefused, naming what doesn't fit; kUnsupported for another format; those of the
/// disk.
Result<void> RestoreSnapshot(const std::filesystem::path& file,
                             const std::filesystem::path& directory, const TrustFile& trust,
                             std::chrono::sys_seconds now, const RestoreOptions& options = {});

/// The format of snapshots.
inline constexpr std::string_view kSnapshotFormat = "cityid-snapshot 1";

}  // namespace cityid

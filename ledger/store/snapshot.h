// A snapshot: a ledger's state without its past, in one file that proves itself against a quorum
// (docs/snapshot.md).
#pragma once

#include <filesystem>
#include <functional>

#include "codec/result.h"
#include "ledger/proof/trust.h"
#include "ledger/store/replica.h"

namespace cityid {

/// Called now and then with how many of how many rows are done.
using SnapshotProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Writes the head of a ledger: every value of the state, the records that these name, the right
/// edge of the tree, checkpoint and policy proofs. Errors: kNotFound if the head has no checkpoint;
/// kIo, kFull, kCorrupt.
Result<void> WriteSnapshot(const LedgerView& ledger, const std::filesystem::path& file,
                           const SnapshotProgress& progress = {});

/// Makes a replica out of a snapshot, in a directory that must not exist. Nothing in the file is
/// believed: the map is built anew and must have the root that the last state root says, which the
/// checkpoint covers, which a quorum has cosigned; each record must be one that the state names,
/// and none may be missing. The replica serves and follows like any other; it lacks the entries
/// before, so it is no witness and no registry. Errors: kForged, kMalformed or kRefused with what
/// doesn't fit; kUnsupported for another format; those of the disk. Then there is no replica.
Result<void> RestoreSnapshot(const std::filesystem::path& file,
                             const std::filesystem::path& directory, const Trust& trust,
                             std::chrono::sys_seconds now, const SnapshotProgress& progress = {});

/// The format of snapshots.
inline constexpr std::string_view kSnapshotFormat = "cityid-snapshot 1";

}  // namespace cityid

// Reads a snapshot file (docs/snapshot.md) and checks it against a trust file, all but its state
// map. Internal to ledger/snapshot/.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "codec/result.h"
#include "ledger/proof/trust_file.h"
#include "ledger/record/signed_record.h"
#include "ledger/snapshot/snapshot_file.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// A row of a snapshot; its views point into the file.
struct SnapshotRow {
  ByteView key, value;
};

/// A snapshot that a quorum has cosigned. Two things are left to check: the state map over `values`
/// must have the root of `state_root`, and the hash of each record must be the one in `named`.
struct OpenSnapshot {
  std::shared_ptr<const void> file;  ///< keeps the views in the rows valid
  SnapshotHeader header;
  TrustedCheckpoint checkpoint;
  ClaimedStateRoot state_root;
  std::uint64_t policy_version = 0;   ///< in the state; 0 if there is no policy
  MemoryTiles edge;                   ///< the right edge of the tree
  std::vector<StoredProof> policies;  ///< from that of the trust file on, link after link
  std::vector<SnapshotRow> values;    ///< of the state, in order of keys
  std::vector<SnapshotRow> records;   ///< in order of their places
  std::vector<RecordRef> named;       ///< by the values: one for each record
};

/// Opens a snapshot. Errors: kMalformed, kUnsupported, kForged, kRefused; those of the disk.
Result<OpenSnapshot> ReadSnapshot(const std::filesystem::path& path, const TrustFile& trust,
                                  std::chrono::sys_seconds now);

/// Returns the error for a snapshot that lies.
inline Error ForgedSnapshot(const std::string& what) {
  return Error{Errc::kForged, "snapshot: " + what};
}

}  // namespace cityid

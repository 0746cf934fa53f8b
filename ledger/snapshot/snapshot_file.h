// The contents of a snapshot file (docs/snapshot.md 1). Internal to ledger/snapshot/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/snapshot/snapshot.h"
#include "ledger/state/state.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {

inline constexpr std::uint64_t kMaxSnapshotHeader = 16 * 1024 * 1024;
/// Rows between two reports of progress, and in one transaction of a bulk load.
inline constexpr std::size_t kSnapshotStep = 50'000;

struct EdgeTile {
  std::uint64_t level = 0;
  std::uint64_t number = 0;
  Bytes hashes;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "level", s.level);
    f(2, "number", s.number);
    f(3, "hashes", s.hashes);
  }
};

struct StoredProof {
  std::uint64_t version = 0;
  Bytes proof;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "version", s.version);
    f(2, "proof", s.proof);
  }
};

/// The part of the file before the rows.
struct SnapshotHeader {
  std::string format;
  std::string note;
  Bytes state_root;
  HashPath inclusion;
  std::vector<EdgeTile> edge;  ///< the last tile of each level
  std::vector<StoredProof> policies;
  std::uint64_t values = 0;   ///< number of rows of the state
  std::uint64_t records = 0;  ///< number of rows of records, which the state names

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "format", s.format);
    f(2, "note", s.note);
    f(3, "state_root", s.state_root);
    f(4, "inclusion", s.inclusion);
    f(5, "edge", s.edge);
    f(6, "policies", s.policies);
    f(7, "values", s.values);
    f(8, "records", s.records);
  }
};

/// Returns the records that a value of the state names and that are read: content, keys, aliases.
/// Errors: kMalformed, kUnsupported.
Result<std::vector<RecordRef>> RecordsOf(ByteView key, ByteView value);

/// Returns the tiles that hold the right edge of a tree of this size.
std::vector<TileId> EdgeTiles(TreeSize size);

}  // namespace cityid

// Proofs over the Merkle tree: inclusion and consistency (RFC 6962, 2.1.1 and 2.1.2), also of
// subtrees (draft-ietf-plants-merkle-tree-certs, 4).
#pragma once

#include <vector>

#include "codec/result.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// Sibling hashes, from the leaf or the smaller tree up to the root.
using HashPath = std::vector<NodeHash>;

/// The entries from `start` to `end`, the latter not included. A *subtree* of the log is an empty
/// range, or one whose `start` is a multiple of the smallest power of two not below its width. A
/// whole tree starts at 0.
struct TreeRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

/// Verifies that `leaf` is entry `index` of the tree with this root. Errors: kForged.
Result<void> VerifyInclusion(const LeafHash& leaf, Index index, TreeRange subtree,
                             const RootHash& root, const HashPath& proof);
inline Result<void> VerifyInclusion(const LeafHash& leaf, Index index, TreeSize size,
                                    const RootHash& root, const HashPath& proof) {
  return VerifyInclusion(leaf, index, TreeRange{0, size.value}, root, proof);
}

/// Verifies that the subtree with `subtree_root` is a part of the tree of `size` entries with
/// `root`. An empty range inside the tree is always a part of it, with an empty proof. Errors:
/// kForged.
Result<void> VerifyConsistency(TreeRange subtree, const RootHash& subtree_root, TreeSize size,
                               const RootHash& root, const HashPath& proof);

/// Verifies that a whole tree has grown into another. Refuses an empty old tree, from which nothing
/// follows. Errors: kForged.
Result<void> VerifyConsistency(TreeSize old_size, const RootHash& old_root, TreeSize size,
                               const RootHash& root, const HashPath& proof);

/// Returns the proof for `VerifyInclusion`. `index` is less than `size`. Errors: those of the
/// tiles.
Result<HashPath> ProveInclusion(const TileStore& tiles, Index index, TreeSize size);

/// Returns the proof for `VerifyConsistency`. `old_size` is at most `size`. Errors: those of the
/// tiles.
Result<HashPath> ProveConsistency(const TileStore& tiles, TreeSize old_size, TreeSize size);

}  // namespace cityid

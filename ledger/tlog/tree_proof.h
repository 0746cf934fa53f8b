// Proofs over the Merkle tree: inclusion and consistency (RFC 6962, 2.1.1 and 2.1.2), and the same
// for subtrees (draft-ietf-plants-merkle-tree-certs, 4). Verifying needs nothing but hashes.
#pragma once

#include <vector>

#include "codec/result.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// Sibling hashes, from the leaf's or the smaller tree's side up.
using HashPath = std::vector<NodeHash>;

/// The entries `start` to `end`, the latter not included. A *subtree* of the log if it is empty, or
/// `start` is a multiple of the smallest power of two that is not below its width. A whole tree
/// starts at 0.
struct TreeRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

/// Succeeds exactly if `proof` shows that `leaf` is entry `index` of the tree with this root.
/// Errors: kForged.
Result<void> VerifyInclusion(const LeafHash& leaf, Index index, TreeRange subtree,
                             const RootHash& root, const HashPath& proof);
inline Result<void> VerifyInclusion(const LeafHash& leaf, Index index, TreeSize size,
                                    const RootHash& root, const HashPath& proof) {
  return VerifyInclusion(leaf, index, TreeRange{0, size.value}, root, proof);
}

/// Succeeds exactly if `proof` shows that the subtree with `subtree_root` is a part of the tree of
/// `size` entries with `root`. An empty range inside the tree is a part of it, whatever the tree,
/// and needs an empty proof. Errors: kForged.
Result<void> VerifyConsistency(TreeRange subtree, const RootHash& subtree_root, TreeSize size,
                               const RootHash& root, const HashPath& proof);

/// The same for a whole tree that has grown. From an empty one nothing follows: it is refused.
Result<void> VerifyConsistency(TreeSize old_size, const RootHash& old_root, TreeSize size,
                               const RootHash& root, const HashPath& proof);

/// Makes what `VerifyInclusion` takes. `index` is inside `size`. Errors: those of the tiles.
Result<HashPath> ProveInclusion(const TileStore& tiles, Index index, TreeSize size);

/// Makes what `VerifyConsistency` takes. `old_size` is at most `size`. Errors: those of the tiles.
Result<HashPath> ProveConsistency(const TileStore& tiles, TreeSize old_size, TreeSize size);

}  // namespace cityid

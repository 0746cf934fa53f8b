#include "ledger/tlog/tree_proof.h"

#include <algorithm>
#include <bit>

namespace cityid {
namespace {

Error Forged(const char* what) { return Error{Errc::kForged, std::string("proof: ") + what}; }

bool IsSubtree(TreeRange range) {
  if (range.start >= range.end) return false;
  const std::uint64_t width = range.end - range.start;
  if (width > std::uint64_t{1} << 62) return false;
  return range.start % std::bit_ceil(width) == 0;
}

NodeHash AsNode(const RootHash& root) { return *NodeHash::From(root.view()); }

/// Returns where RFC 6962 splits `count` entries: the largest power of two below `count`.
std::uint64_t SplitOf(std::uint64_t count) { return std::bit_floor(count - 1); }

/// Goes from a node one step down towards the entry at `place`, and adds the hash of the other side
/// to the path. Errors: those of the tiles.
Result<void> StepDown(const TileStore& tiles, std::uint64_t place, TreeRange& range,
                      HashPath& path) {
  const std::uint64_t middle = range.start + SplitOf(range.end - range.start);
  const bool left = place < middle;
  const auto sibling = HashOfRange(tiles, left ? middle : range.start, left ? range.end : middle);
  if (!sibling) return sibling.error();
  path.push_back(*sibling);
  (left ? range.end : range.start) = middle;
  return {};
}

}  // namespace

Result<void> VerifyInclusion(const LeafHash& leaf, Index index, TreeRange subtree,
                             const RootHash& root, const HashPath& proof) {
  if (!IsSubtree(subtree) || index.value < subtree.start || index.value >= subtree.end) {
    return Forged("the index is outside the tree");
  }
  // RFC 9162, 2.1.3.2, with positions counted from the start of the subtree.
  std::uint64_t node = index.value - subtree.start;
  std::uint64_t last = subtree.end - subtree.start - 1;
  NodeHash hash = *NodeHash::From(leaf.view());
  for (const NodeHash& sibling : proof) {
    if (last == 0) return Forged("the inclusion path is too long");
    if ((node & 1) != 0 || node == last) {
      hash = HashChildren(sibling, hash);
      while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = HashChildren(hash, sibling);
    }
    node >>= 1, last >>= 1;
  }
  if (last != 0) return Forged("the inclusion path is too short");
  if (hash != AsNode(root)) return Forged("the entry is not in the tree");
  return {};
}

Result<void> VerifyConsistency(TreeRange subtree, const RootHash& subtree_root, TreeSize size,
                               const RootHash& root, const HashPath& proof) {
  if (subtree.start == subtree.end && subtree.end <= size.value) {
    if (!proof.empty()) return Forged("an empty subtree needs no consistency path");
    if (subtree_root != EmptyRoot()) return Forged("an empty subtree has another root");
    return {};
  }
  if (!IsSubtree(subtree) || subtree.end > size.value) return Forged("no subtree of this tree");
  std::uint64_t first = subtree.start;
  std::uint64_t second = subtree.end - 1;
  std::uint64_t last = size.value - 1;
  while (first != second && (second == last || (second & 1) != 0)) {
    first >>= 1, second >>= 1, last >>= 1;
  }
  auto next = proof.begin();
  NodeHash small = AsNode(subtree_root);
  if (first != second) {
    if (next == proof.end()) return Forged("the consistency path is empty");
    small = *next++;
  }
  NodeHash large = small;
  for (; next != proof.end(); ++next) {
    if (last == 0) return Forged("the consistency path is too long");
    if ((second & 1) != 0 || second == last) {
      if (first < second) small = HashChildren(*next, small);
      large = HashChildren(*next, large);
      while ((second & 1) == 0) first >>= 1, second >>= 1, last >>= 1;
    } else {
      large = HashChildren(large, *next);
    }
    first >>= 1, second >>= 1, last >>= 1;
  }
  if (last != 0) return Forged("the consistency path is too short");
  if (small != AsNode(subtree_root)) return Forged("the smaller tree has another root");
  if (large != AsNode(root)) return Forged("the larger tree has another root");
  return {};
}

Result<void> VerifyConsistency(TreeSize old_size, const RootHash& old_root, TreeSize size,
                               const RootHash& root, const HashPath& proof) {
  if (old_size.value == 0) return Forged("nothing follows from an empty tree");
  return VerifyConsistency(TreeRange{0, old_size.value}, old_root, size, root, proof);
}

Result<HashPath> ProveInclusion(const TileStore& tiles, Index index, TreeSize size) {
  HashPath path;
  TreeRange range{0, size.value};
  // This goes from the root down; the path is in the other direction.
  while (range.end - range.start > 1) {
    if (const auto down = StepDown(tiles, index.value, range, path); !down) return down.error();
  }
  std::ranges::reverse(path);
  return path;
}

Result<HashPath> ProveConsistency(const TileStore& tiles, TreeSize old_size, TreeSize size) {
  HashPath path;
  if (old_size.value == 0 || old_size == size) return path;
  TreeRange range{0, size.value};
  // Down along the right edge of the smaller tree, to the node that ends where that tree ends.
  while (range.end != old_size.value) {
    const auto down = StepDown(tiles, old_size.value - 1, range, path);
    if (!down) return down.error();
  }
  if (range.start != 0) {
    const auto own = HashOfRange(tiles, range.start, range.end);
    if (!own) return own.error();
    path.push_back(*own);
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace cityid

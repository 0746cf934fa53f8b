#include "ledger/tlog/tree_proof.h"

#include <gtest/gtest.h>

#include <bit>

namespace cityid {
namespace {

std::uint64_t SplitOf(std::uint64_t count) {
  std::uint64_t k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

/// A list of leaves and the definitions of RFC 6962, 2.1, and of the draft on subtrees, as they are
/// written there. Ranges are of leaves, the end not included.
class NaiveTree {
 public:
  explicit NaiveTree(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      leaves_.push_back(HashLeaf(AsBytes("entry " + std::to_string(i))));
    }
  }

  const std::vector<LeafHash>& leaves() const { return leaves_; }

  NodeHash Hash(std::uint64_t start, std::uint64_t end) const {
    if (end - start == 1) return *NodeHash::From(leaves_[start].view());
    const std::uint64_t middle = start + SplitOf(end - start);
    return HashChildren(Hash(start, middle), Hash(middle, end));
  }
  RootHash Root(std::uint64_t start, std::uint64_t end) const {
    return *RootHash::From(Hash(start, end).view());
  }

  /// PATH of RFC 6962, 2.1.1.
  HashPath Inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end) const {
    if (end - start == 1) return {};
    const std::uint64_t middle = start + SplitOf(end - start);
    const bool left = index < middle;
    HashPath path = left ? Inclusion(index, start, middle) : Inclusion(index, middle, end);
    path.push_back(left ? Hash(middle, end) : Hash(start, middle));
    return path;
  }

  /// SUBTREE_SUBPROOF of the draft, 4.4.1; from 0 it is SUBPROOF of RFC 6962, 2.1.2. `known`: the
  /// verifier has the hash of the subtree.
  HashPath Consistency(TreeRange sub, std::uint64_t start, std::uint64_t end,
                       bool known = true) const {
    if (sub.start == start && sub.end == end) {
      return known ? HashPath() : HashPath{Hash(start, end)};
    }
    const std::uint64_t middle = start + SplitOf(end - start);
    HashPath path;
    if (sub.end <= middle) {
      path = Consistency(sub, start, middle, known);
      path.push_back(Hash(middle, end));
      return path;
    }
    if (sub.start >= middle) {
      path = Consistency(sub, middle, end, known);
    } else {
      path = Consistency({middle, sub.end}, middle, end, false);
    }
    path.push_back(Hash(start, middle));
    return path;
  }

 private:
  std::vector<LeafHash> leaves_;
};

constexpr std::uint64_t kSmall = 24;

/// Every subtree of a tree of `size` entries.
std::vector<TreeRange> SubtreesOf(std::uint64_t size) {
  std::vector<TreeRange> subtrees;
  for (std::uint64_t start = 0; start < size; ++start) {
    for (std::uint64_t end = start + 1; end <= size; ++end) {
      if (start % std::bit_ceil(end - start) == 0) subtrees.push_back({start, end});
    }
  }
  return subtrees;
}

/// Paths that are a little wrong: a hash too few or too many at either end, and one bit changed.
std::vector<HashPath> Spoilt(const HashPath& path) {
  std::vector<HashPath> spoilt = {path, path};
  spoilt[0].push_back(NodeHash{});
  spoilt[1].insert(spoilt[1].begin(), NodeHash{});
  if (path.empty()) return spoilt;
  spoilt.emplace_back(path.begin(), path.end() - 1);
  spoilt.emplace_back(path.begin() + 1, path.end());
  for (std::size_t i = 0; i < path.size(); ++i) {
    spoilt.push_back(path);
    spoilt.back()[i].data()[i % 32] ^= 0x10;
  }
  return spoilt;
}

TEST(VerifyInclusion, TakesThePathOfTheDefinitionInEverySubtreeAndNoOther) {
  const NaiveTree tree(kSmall);
  for (const TreeRange range : SubtreesOf(kSmall)) {
    const RootHash root = tree.Root(range.start, range.end);
    for (std::uint64_t i = range.start; i < range.end; ++i) {
      SCOPED_TRACE(std::to_string(i) + " in " + std::to_string(range.start) + " to " +
                   std::to_string(range.end));
      const LeafHash& leaf = tree.leaves()[i];
      const HashPath path = tree.Inclusion(i, range.start, range.end);
      EXPECT_TRUE(VerifyInclusion(leaf, Index{i}, range, root, path));
      EXPECT_FALSE(VerifyInclusion(leaf, Index{i}, range, RootHash{}, path));
      EXPECT_FALSE(VerifyInclusion(LeafHash{}, Index{i}, range, root, path));
      for (const HashPath& spoilt : Spoilt(path))
        EXPECT_FALSE(VerifyInclusion(leaf, Index{i}, range, root, spoilt));
      EXPECT_FALSE(VerifyInclusion(leaf, Index{range.end}, range, root, path));
      if (range.start == 0) continue;
      EXPECT_FALSE(VerifyInclusion(leaf, Index{range.start - 1}, range, root, path));
    }
  }
}

TEST(VerifyInclusion, RefusesRangesThatAreNoSubtree) {
  // With hashes that would fit if it were one.
  const NaiveTree tree(8);
  EXPECT_FALSE(VerifyInclusion(tree.leaves()[1], Index{1}, TreeRange{1, 3}, tree.Root(1, 3),
                               {tree.Hash(2, 3)}));
  EXPECT_FALSE(VerifyInclusion(tree.leaves()[2], Index{2}, TreeRange{2, 5}, tree.Root(2, 5),
                               tree.Inclusion(2, 2, 5)));
  for (const TreeRange range : {TreeRange{1, 1}, TreeRange{2, 1}, TreeRange{0, UINT64_MAX}})
    EXPECT_FALSE(VerifyInclusion(tree.leaves()[1], Index{1}, range, tree.Root(1, 2), {}));
}

TEST(VerifyConsistency, TakesThePathOfTheDefinitionForEverySubtreeAndNoOther) {
  const NaiveTree tree(kSmall);
  for (std::uint64_t size = 1; size <= kSmall; ++size) {
    const RootHash root = tree.Root(0, size);
    for (const TreeRange range : SubtreesOf(size)) {
      SCOPED_TRACE(std::to_string(range.start) + " to " + std::to_string(range.end) + " of " +
                   std::to_string(size));
      const RootHash part = tree.Root(range.start, range.end);
      const HashPath path = tree.Consistency(range, 0, size);
      EXPECT_TRUE(VerifyConsistency(range, part, TreeSize{size}, root, path));
      EXPECT_FALSE(VerifyConsistency(range, RootHash{}, TreeSize{size}, root, path));
      EXPECT_FALSE(VerifyConsistency(range, part, TreeSize{size}, RootHash{}, path));
      for (const HashPath& spoilt : Spoilt(path))
        EXPECT_FALSE(VerifyConsistency(range, part, TreeSize{size}, root, spoilt));
    }
  }
}

TEST(VerifyConsistency, RefusesRangesThatAreNoSubtreeOfTheTree) {
  const NaiveTree tree(8);
  for (const TreeRange range : {TreeRange{1, 3}, TreeRange{2, 5}, TreeRange{3, 5}}) {
    const RootHash part = tree.Root(range.start, range.end);
    // The tree of these entries alone has this root too, and the path would be empty.
    EXPECT_FALSE(VerifyConsistency(range, part, TreeSize{range.end}, part, {}));
    EXPECT_FALSE(VerifyConsistency(range, part, TreeSize{8}, tree.Root(0, 8), {}));
  }
  EXPECT_FALSE(
      VerifyConsistency(TreeRange{0, 5}, tree.Root(0, 5), TreeSize{4}, tree.Root(0, 4), {}));
  EXPECT_FALSE(VerifyConsistency(TreeRange{9, 9}, EmptyRoot(), TreeSize{8}, tree.Root(0, 8), {}));
}

TEST(VerifyConsistency, OfAnEmptyRangeNeedsAnEmptyPath) {
  const NaiveTree tree(3);
  const RootHash root = tree.Root(0, 3);
  for (const TreeRange range : {TreeRange{0, 0}, TreeRange{2, 2}, TreeRange{3, 3}}) {
    EXPECT_TRUE(VerifyConsistency(range, EmptyRoot(), TreeSize{3}, root, {}));
    EXPECT_FALSE(VerifyConsistency(range, root, TreeSize{3}, root, {}));
    EXPECT_FALSE(VerifyConsistency(range, EmptyRoot(), TreeSize{3}, root, {NodeHash{}}));
  }
}

TEST(VerifyConsistency, ShowsNothingOfATreeThatGrewFromNothing) {
  const NaiveTree tree(3);
  EXPECT_FALSE(VerifyConsistency(TreeSize{0}, EmptyRoot(), TreeSize{3}, tree.Root(0, 3), {}));
  EXPECT_FALSE(VerifyConsistency(TreeSize{0}, EmptyRoot(), TreeSize{0}, EmptyRoot(), {}));
}

TEST(Prove, WritesThePathsOfTheDefinitionAcrossTiles) {
  constexpr std::uint64_t kSize = 600;
  const NaiveTree tree(kSize);
  MemoryTiles tiles;
  ASSERT_TRUE(AppendLeaves(tiles, TreeSize{0}, tree.leaves()));
  for (const std::uint64_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 600U}) {
    const RootHash root = tree.Root(0, size);
    for (std::uint64_t i = 0; i < size; i += 1 + i / 16) {
      SCOPED_TRACE(std::to_string(i) + " of " + std::to_string(size));
      const auto inclusion = ProveInclusion(tiles, Index{i}, TreeSize{size});
      ASSERT_TRUE(inclusion);
      EXPECT_EQ(*inclusion, tree.Inclusion(i, 0, size));
      EXPECT_TRUE(VerifyInclusion(tree.leaves()[i], Index{i}, TreeSize{size}, root, *inclusion));
      const auto consistency = ProveConsistency(tiles, TreeSize{i + 1}, TreeSize{size});
      ASSERT_TRUE(consistency);
      EXPECT_EQ(*consistency, tree.Consistency({0, i + 1}, 0, size));
      EXPECT_TRUE(VerifyConsistency(TreeSize{i + 1}, tree.Root(0, i + 1), TreeSize{size}, root,
                                    *consistency));
    }
  }
}

TEST(Prove, AMissingTileIsCorruption) {
  const MemoryTiles tiles;
  const auto inclusion = ProveInclusion(tiles, Index{1}, TreeSize{3});
  ASSERT_FALSE(inclusion);
  EXPECT_EQ(inclusion.error().code, Errc::kCorrupt);
  const auto consistency = ProveConsistency(tiles, TreeSize{1}, TreeSize{3});
  ASSERT_FALSE(consistency);
  EXPECT_EQ(consistency.error().code, Errc::kCorrupt);
}

}  // namespace
}  // namespace cityid

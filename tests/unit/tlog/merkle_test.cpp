#include "ledger/tlog/merkle.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/property/chosen_seed.h"

namespace cityid {
namespace {

using testing::ChosenSeed;

/// RFC 6962, 2.1, as it is written there.
NodeHash NaiveRoot(const std::vector<LeafHash>& leaves, std::size_t first, std::size_t count) {
  if (count == 1) return *NodeHash::From(leaves[first].view());
  std::size_t k = 1;
  while (k * 2 < count) k *= 2;
  return HashChildren(NaiveRoot(leaves, first, k), NaiveRoot(leaves, first + k, count - k));
}

LeafHash Leaf(std::size_t i) { return HashLeaf(AsBytes("entry " + std::to_string(i))); }

TEST(RootOf, AnEmptyTreeIsTheHashOfNothing) {
  EXPECT_EQ(Hex(*RootOf(MemoryTiles(), TreeSize{0})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HashLeaf, OfNothingIsThatOfRfc6962) {
  EXPECT_EQ(Hex(HashLeaf({})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(AppendLeaves, InBatchesOfAnySizeEqualsTheNaiveRootAtEverySize) {
  const std::uint64_t seed = ChosenSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  MemoryTiles tiles;
  std::vector<LeafHash> leaves;
  while (leaves.size() < 70'000) {
    std::vector<LeafHash> batch(1 + random() % (leaves.size() < 1000 ? 40 : 9000));
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = Leaf(leaves.size() + i);
    ASSERT_TRUE(AppendLeaves(tiles, TreeSize{leaves.size()}, batch));
    leaves.insert(leaves.end(), batch.begin(), batch.end());
    const auto root = RootOf(tiles, TreeSize{leaves.size()});
    ASSERT_TRUE(root);
    ASSERT_EQ(Hex(*root), Hex(NaiveRoot(leaves, 0, leaves.size()))) << leaves.size();
  }
  // Older sizes can still be computed from the same tiles.
  for (const std::size_t size : {1, 2, 255, 256, 257, 511, 65535, 65536, 65537}) {
    EXPECT_EQ(Hex(*RootOf(tiles, TreeSize{size})), Hex(NaiveRoot(leaves, 0, size))) << size;
  }
}

TEST(RootOf, AMissingOrShortTileIsCorruption) {
  MemoryTiles tiles;
  std::vector<LeafHash> leaves;
  for (std::size_t i = 0; i < 300; ++i) leaves.push_back(Leaf(i));
  ASSERT_TRUE(AppendLeaves(tiles, TreeSize{0}, leaves));
  for (const TileId id : {TileId{0, 1}, TileId{1, 0}}) {
    MemoryTiles damaged = tiles;
    const ByteView whole = **tiles.Tile(id);
    ASSERT_TRUE(damaged.PutTile(id, whole.first(whole.size() - 32)));
    const auto root = RootOf(damaged, TreeSize{300});
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().code, Errc::kCorrupt);
  }
}

}  // namespace
}  // namespace cityid

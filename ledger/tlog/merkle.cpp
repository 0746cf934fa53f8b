#include "ledger/tlog/merkle.h"

namespace cityid {
namespace {

constexpr unsigned kTileHeight = 8;
constexpr std::uint8_t kLeafPrefix[] = {0x00};
constexpr std::uint8_t kNodePrefix[] = {0x01};

NodeHash HashAt(ByteView tile, std::size_t i) {
  return *NodeHash::From(tile.subspan(i * NodeHash::kSize, NodeHash::kSize));
}

/// Reads the first `width` hashes of a tile that must be there.
Result<ByteView> Require(const TileStore& tiles, TileId id, std::size_t width) {
  const auto tile = tiles.Tile(id);
  if (!tile) return tile.error();
  if (!*tile || (*tile)->size() < width * NodeHash::kSize) {
    return Error{Errc::kCorrupt, "tile " + std::to_string(id.level) + "/" +
                                     std::to_string(id.number) + " is missing or too short"};
  }
  return (*tile)->first(width * NodeHash::kSize);
}

/// Returns the root of a number of hashes that is a power of two.
NodeHash Fold(ByteView hashes) {
  const std::size_t count = hashes.size() / NodeHash::kSize;
  if (count == 1) return HashAt(hashes, 0);
  const std::size_t half = hashes.size() / 2;
  return HashChildren(Fold(hashes.first(half)), Fold(hashes.subspan(half)));
}

/// Returns the root of subtree `number` among the complete ones of 2^level entries.
Result<NodeHash> Subtree(const TileStore& tiles, unsigned level, std::uint64_t number) {
  const unsigned inside = level % kTileHeight;
  const std::uint64_t first = number << inside;  // in hashes of the tile's level
  const TileId id{static_cast<std::uint8_t>(level / kTileHeight), first / kTileWidth};
  const std::size_t offset = first % kTileWidth;
  const std::size_t count = std::size_t{1} << inside;
  const auto tile = Require(tiles, id, offset + count);
  if (!tile) return tile.error();
  return Fold(tile->subspan(offset * NodeHash::kSize));
}

}  // namespace

LeafHash HashLeaf(ByteView entry) { return *LeafHash::From(Sha256({kLeafPrefix, entry}).view()); }

NodeHash HashChildren(const NodeHash& left, const NodeHash& right) {
  return *NodeHash::From(Sha256({kNodePrefix, left.view(), right.view()}).view());
}

RootHash EmptyRoot() { return *RootHash::From(Sha256(ByteView{}).view()); }

Result<std::optional<ByteView>> MemoryTiles::Tile(TileId id) const {
  const auto found = tiles_.find(id);
  if (found != tiles_.end()) return std::optional<ByteView>(found->second);
  return base_ ? base_->Tile(id) : std::optional<ByteView>();
}

Result<void> MemoryTiles::PutTile(TileId id, ByteView hashes) {
  tiles_[id].assign(hashes.begin(), hashes.end());
  return {};
}

Result<void> AppendLeaves(TileSink& tiles, TreeSize size, const std::vector<LeafHash>& leaves) {
  std::vector<NodeHash> hashes;
  for (const LeafHash& leaf : leaves) hashes.push_back(*NodeHash::From(leaf.view()));
  std::uint64_t count = size.value;
  // The roots of the tiles that a level completes go to the next level.
  for (std::uint8_t level = 0; !hashes.empty(); ++level) {
    std::vector<NodeHash> completed;
    auto next = hashes.begin();
    while (next != hashes.end()) {
      const TileId id{level, count / kTileWidth};
      const std::size_t width = count % kTileWidth;
      Bytes tile;
      if (width > 0) {
        const auto old = Require(tiles, id, width);
        if (!old) return old.error();
        tile = ToBytes(*old);
      }
      while (next != hashes.end() && tile.size() < kTileWidth * NodeHash::kSize) {
        Append(tile, next->view());
        ++next;
        ++count;
      }
      if (const auto put = tiles.PutTile(id, tile); !put) return put;
      if (tile.size() == kTileWidth * NodeHash::kSize) completed.push_back(Fold(tile));
    }
    hashes = std::move(completed);
    count = size.value >> (kTileHeight * (level + 1u));
  }
  return {};
}

Result<NodeHash> HashOfRange(const TileStore& tiles, std::uint64_t start, std::uint64_t end) {
  std::optional<NodeHash> hash;
  // The binary digits of the width are complete subtrees, the smallest on the right.
  for (unsigned level = 0; start < end; ++level) {
    if (((end - start) >> level & 1) == 0) continue;
    end -= std::uint64_t{1} << level;
    const auto subtree = Subtree(tiles, level, end >> level);
    if (!subtree) return subtree.error();
    hash = hash ? HashChildren(*subtree, *hash) : *subtree;
  }
  return *hash;
}

Result<RootHash> RootOf(const TileStore& tiles, TreeSize size) {
  if (size.value == 0) return EmptyRoot();
  const auto hash = HashOfRange(tiles, 0, size.value);
  if (!hash) return hash.error();
  return *RootHash::From(hash->view());
}

}  // namespace cityid

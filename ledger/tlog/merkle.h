// The Merkle tree of RFC 6962, 2.1, stored as the hash tiles of C2SP tlog-tiles (height 8).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

using LeafHash = FixedBytes<struct LeafHashTag, 32>;  ///< of an entry
using NodeHash = FixedBytes<struct NodeHashTag, 32>;  ///< of any complete subtree, leaves included
using RootHash = FixedBytes<struct RootHashTag, 32>;  ///< of a whole tree of some size

/// The position of an entry in the log, from 0.
struct Index {
  std::uint64_t value = 0;
  friend auto operator<=>(const Index&, const Index&) = default;
};

/// A number of entries. An `Index` is inside a tree if it is smaller.
struct TreeSize {
  std::uint64_t value = 0;
  friend auto operator<=>(const TreeSize&, const TreeSize&) = default;
};

LeafHash HashLeaf(ByteView entry);                                   ///< SHA-256(00 | entry)
NodeHash HashChildren(const NodeHash& left, const NodeHash& right);  ///< SHA-256(01 | l | r)

/// Returns the root of a tree without entries: SHA-256 of no bytes.
RootHash EmptyRoot();

/// The place of a tile. Level 0 holds leaf hashes, level L the roots of 256^L entries each.
struct TileId {
  std::uint8_t level = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

inline constexpr std::size_t kTileWidth = 256;

/// A store of tiles. `Tile` returns all stored hashes of a tile, 1 to 256 of 32 bytes, or nothing
/// if there is no such tile. The view is valid until the next write.
class TileStore {
 public:
  virtual ~TileStore() = default;
  virtual Result<std::optional<ByteView>> Tile(TileId id) const = 0;
};

/// A store of tiles that can be written. One writer at a time.
class TileSink : public virtual TileStore {
 public:
  /// Adds a tile, or replaces one by a wider one that begins with the same hashes.
  virtual Result<void> PutTile(TileId id, ByteView hashes) = 0;
};

/// Tiles in memory, on top of those of another store if there is one.
class MemoryTiles : public TileSink {
 public:
  /// `base` may be null, and outlives this.
  explicit MemoryTiles(const TileStore* base = nullptr) : base_(base) {}
  Result<std::optional<ByteView>> Tile(TileId id) const override;
  Result<void> PutTile(TileId id, ByteView hashes) override;
  /// Returns the tiles that were put.
  const std::map<TileId, Bytes>& tiles() const { return tiles_; }

 private:
  const TileStore* base_;
  std::map<TileId, Bytes> tiles_;
};

/// Appends leaves to a tree of `size` entries. Errors: those of the store; kCorrupt if a tile is
/// missing or too short for `size`.
Result<void> AppendLeaves(TileSink& tiles, TreeSize size, const std::vector<LeafHash>& leaves);

/// Returns the hash of the entries from `start` to `end`, the latter not included, as RFC 6962 2.1
/// defines it for a list. `start` is less than `end`, and is 0 or a place where a tree of 2.1
/// splits. Errors: those of `RootOf`.
Result<NodeHash> HashOfRange(const TileStore& tiles, std::uint64_t start, std::uint64_t end);

/// Returns the root of the first `size` entries. Errors: those of the store; kCorrupt if a tile is
/// missing or too short.
Result<RootHash> RootOf(const TileStore& tiles, TreeSize size);

}  // namespace cityid

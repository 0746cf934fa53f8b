// The state map: a Merkle prefix tree over the state's keys and values (docs/proof.md 2). It is
// stored node by node, so that a change costs no more than the paths from the root to it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// The hash of a subtree of the map. That of the whole map is its root.
using MapHash = FixedBytes<struct MapHashTag, 32>;

MapHash EmptyMap();                                 ///< SHA-256 of no bytes
MapHash HashMapLeaf(ByteView key, ByteView value);  ///< H(00 | ...)
MapHash HashMapNode(std::size_t bit, const MapHash& left, const MapHash& right);  ///< H(01 | ...)

/// The largest bit at which keys may differ: far over the longest key. It bounds the recursion.
inline constexpr std::size_t kMaxMapBit = 8 * 512 - 1;

/// Returns bit `n` of a key, counted from the most significant bit of its first byte. The key is
/// followed by one zero byte, then by one bits without end.
bool KeyBit(ByteView key, std::size_t n);

/// Appends a number as unsigned LEB128 in its shortest form.
void AppendLeb128(Bytes& out, std::uint64_t value);

/// A node of the tree. A leaf holds a key. An inner node splits its keys at `bit`, the first bit at
/// which they differ.
struct MapNode {
  bool leaf = false;
  Bytes key;            ///< a leaf's key; an inner node's first `bit` bits, the rest zero
  std::size_t bit = 0;  ///< of an inner node
  MapHash child[2];     ///< of an inner node
};

/// A store of nodes. Each is named by the edge that leads to it: the bits of its keys up to and
/// including the one at which its parent splits. A returned view is valid until the next write.
class MapStore {
 public:
  virtual ~MapStore() = default;
  virtual Result<std::optional<ByteView>> Node(ByteView edge) const = 0;
};

/// A store of nodes that can be written. One writer at a time.
class MapSink : public virtual MapStore {
 public:
  /// Adds or replaces a node.
  virtual Result<void> PutNode(ByteView edge, ByteView node) = 0;
};

/// Returns the name of the edge of the first `bits` bits of `key`. With no bits it leads to the
/// top.
Bytes EdgeOf(ByteView key, std::size_t bits);

/// Reads the node at an edge. Returns nothing if there is none. Errors: those of the store;
/// kCorrupt.
Result<std::optional<MapNode>> ReadNode(const MapStore& store, ByteView edge);

/// Reads the child of `node` on one side, 0 or 1. Errors: those of the store; kCorrupt if it is
/// missing.
Result<MapNode> ReadChild(const MapStore& store, const MapNode& node, bool side);

/// A key and the new hash of its leaf.
struct MapChange {
  Bytes key;
  MapHash leaf;
};

/// Puts leaves into the tree, each key once, and returns the new root. `root` is the present root.
/// Writes each node on the way once: for one change, about the logarithm of the tree's size.
/// Errors: those of the store; kCorrupt.
Result<MapHash> UpdateMap(MapSink& nodes, const MapHash& root, std::vector<MapChange> changes);

}  // namespace cityid

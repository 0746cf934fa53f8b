// The state map: a Merkle prefix tree over the state's keys and values (docs/proof.md 2), kept node
// by node so that a change costs as much as the paths to it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// The hash of a subtree of the map; of the whole of it, its root.
using MapHash = FixedBytes<struct MapHashTag, 32>;

MapHash EmptyMap();                                 ///< SHA-256 of nothing
MapHash HashMapLeaf(ByteView key, ByteView value);  ///< H(00 | ...)
MapHash HashMapNode(std::size_t bit, const MapHash& left, const MapHash& right);  ///< H(01 | ...)

/// Bit `n` of a key from the most significant of its first byte; behind its end stand a byte 00 and
/// then ones for ever.
bool KeyBit(ByteView key, std::size_t n);

/// A node of the tree. A leaf holds a key; an inner node splits at `bit`, where its keys differ
/// first.
struct MapNode {
  bool leaf = false;
  Bytes key;            ///< a leaf's key; of an inner node the first `bit` bits, the rest zero
  std::size_t bit = 0;  ///< of an inner node
  MapHash child[2];     ///< of an inner node
};

/// Where nodes are kept: by the edge that leads to them, that is the bits up to and with the one at
/// which their parent splits. Views are valid until the next write.
class MapStore {
 public:
  virtual ~MapStore() = default;
  virtual Result<std::optional<ByteView>> Node(ByteView edge) const = 0;
};

class MapSink : public virtual MapStore {
 public:
  virtual Result<void> PutNode(ByteView edge, ByteView node) = 0;
};

/// The stored name of the edge of the first `bits` bits of `key`; "" of bits is the root's.
Bytes EdgeOf(ByteView key, std::size_t bits);

/// The node at an edge; nothing if there is none. Errors: those of the store; kCorrupt.
Result<std::optional<MapNode>> ReadNode(const MapStore& store, ByteView edge);

/// The node below `node`. Errors: those of the store; kCorrupt if it is missing.
Result<MapNode> ReadChild(const MapStore& store, const MapNode& node, bool side);

/// A key with the hash of its leaf as it is to be.
struct MapChange {
  Bytes key;
  MapHash leaf;
};

/// Puts leaves into the tree, each key once, and returns the new root. `root` is that of the tree
/// as it is. Rewrites each node on the way once: about the logarithm of the tree for a change.
/// Errors: those of the store; kCorrupt.
Result<MapHash> UpdateMap(MapSink& nodes, const MapHash& root, std::vector<MapChange> changes);

}  // namespace cityid

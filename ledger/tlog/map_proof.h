// Proofs over the state map: what it has under some keys (docs/proof.md 2).
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/tlog/map.h"

namespace cityid {

/// A map of which proofs are made: its nodes, and the values of its keys.
class ProvableMap : public virtual MapStore {
 public:
  /// Returns the value under a key; nothing if there is none.
  virtual Result<std::optional<ByteView>> Value(ByteView key) const = 0;
};

/// Returns the part of the map that is needed to look up all of `keys`, and everything that begins
/// with one of `ranges`, or that nothing does; the rest as hashes. Errors: kTooLarge over `limit`
/// bytes; those of the map; kCorrupt.
Result<Bytes> ProveKeys(const ProvableMap& map, const MapHash& root, const std::vector<Bytes>& keys,
                        const std::vector<Bytes>& ranges = {}, std::size_t limit = SIZE_MAX);

/// A part of a map as `ProveKeys` writes it. Its views point into the parsed bytes.
class PartialMap {
 public:
  /// Parses a proof. Errors: kMalformed.
  static Result<PartialMap> Parse(ByteView proof);

  /// Returns the root of the map that this is a part of. Compare it with a root that you trust.
  const MapHash& root() const { return root_; }
  /// Returns the value under `key`, or nothing if the map has none. Errors: kNotFound if this part
  /// doesn't reach the key, so that nobody can tell.
  Result<std::optional<ByteView>> Find(ByteView key) const;
  /// Returns the keys and values in this part, in the tree's order.
  std::vector<std::pair<ByteView, ByteView>> Leaves() const;

 private:
  enum class Kind : std::uint8_t { kInner, kLeaf, kHash };
  /// Small, because a stranger chooses how many there are. The left child of an inner node follows
  /// it.
  struct Node {
    std::uint32_t at = 0;    ///< of a leaf: where its key begins in the proof; of an inner node:
                             ///< the position of its right child
    std::uint32_t leaf = 0;  ///< the position of the first leaf here or later
    std::uint16_t bit = 0;   ///< of an inner node
    Kind kind = Kind::kHash;
  };
  class Reader;
  std::pair<ByteView, ByteView> Leaf(const Node& node) const;
  ByteView proof_;
  std::vector<Node> nodes_;  // the top first
  MapHash root_ = EmptyMap();
};

}  // namespace cityid

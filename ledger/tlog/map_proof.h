// Proofs over the state map: what it has under some keys (docs/proof.md 2).
#pragma once

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

/// Returns the part of the map that is needed to look up all of `keys`, and the rest as hashes.
/// Errors: those of the map; kCorrupt.
Result<Bytes> ProveKeys(const ProvableMap& map, const MapHash& root,
                        const std::vector<Bytes>& keys);

/// A part of a map as `ProveKeys` writes it. Its views point into the parsed bytes.
class PartialMap {
 public:
  /// Parses a proof. Errors: kMalformed.
  static Result<PartialMap> Parse(ByteView proof);

  /// Returns the root of the map that this is a part of. Compare it with a root that you trust.
  MapHash root() const { return nodes_.empty() ? EmptyMap() : nodes_.front().hash; }
  /// Returns the value under `key`, or nothing if the map has none. Errors: kForged if this part
  /// doesn't reach the key.
  Result<std::optional<ByteView>> Find(ByteView key) const;
  /// Returns the keys and values in this part, in the tree's order.
  std::vector<std::pair<ByteView, ByteView>> Leaves() const;

 private:
  enum class Kind { kInner, kLeaf, kHash };
  struct Node {
    Kind kind = Kind::kHash;
    MapHash hash;
    std::size_t bit = 0;              ///< of an inner node
    std::size_t left = 0, right = 0;  ///< of an inner node: positions in `nodes_`
    ByteView key, value;              ///< of a leaf
  };
  class Reader;
  std::vector<Node> nodes_;  // the top first
};

}  // namespace cityid

// Proofs over the state map: what it says of one key, or of many at once (docs/proof.md 2).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/tlog/map.h"

namespace cityid {

/// A map that proofs are made of: its nodes, and the values of its keys.
class ProvableMap : public virtual MapStore {
 public:
  virtual Result<std::optional<ByteView>> Value(ByteView key) const = 0;
};

/// The proof that the map has `key`, or has it not: for each inner node from the leaf up
/// LEB128(bit) | sibling; for a key that is not there, before that the leaf at which the search
/// ends. Errors: those of the map; kCorrupt.
Result<Bytes> ProveKey(const ProvableMap& map, const MapHash& root, ByteView key);

/// Succeeds exactly if `proof` shows that the map with this root holds `value` under `key`, or
/// nothing if there is no `value`. Errors: kForged.
Result<void> VerifyKey(const MapHash& root, ByteView key, const std::optional<ByteView>& value,
                       ByteView proof);

/// The part of the map that is needed to look up all of `keys`, the rest as hashes. Errors: those
/// of the map; kCorrupt.
Result<Bytes> ProveKeys(const ProvableMap& map, const MapHash& root,
                        const std::vector<Bytes>& keys);

/// A part of a map as `ProveKeys` writes it. Views point into what was parsed.
class PartialMap {
 public:
  /// Errors: kMalformed.
  static Result<PartialMap> Parse(ByteView proof);

  /// The root of the map that this is a part of: compare it with one you trust.
  MapHash root() const { return nodes_.empty() ? EmptyMap() : nodes_.front().hash; }
  /// The value under `key`, or that there is none. Errors: kForged if this part doesn't say.
  Result<std::optional<ByteView>> Find(ByteView key) const;
  /// Every key and value that it holds, in order of the tree.
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
  std::vector<Node> nodes_;  ///< the top first
};

}  // namespace cityid

// Random keys and values of the state map, and a map in memory that keeps nodes and values.
#pragma once

#include <map>
#include <random>
#include <utility>
#include <vector>

#include "ledger/tlog/map_proof.h"

namespace cityid::testing {

/// What a map holds, and the definition of what it is.
using Pairs = std::map<Bytes, Bytes>;

/// After `read_limit` reads of nodes it gives an error, so that a walk in a circle comes to an end.
class MemoryMap : public MapSink, public ProvableMap {
 public:
  Result<std::optional<ByteView>> Node(ByteView edge) const override {
    if (read_limit > 0 && ++reads > read_limit) return Error{Errc::kIo, "too many reads"};
    return Find(nodes, edge);
  }
  Result<void> PutNode(ByteView edge, ByteView node) override {
    nodes[Bytes(edge.begin(), edge.end())].assign(node.begin(), node.end());
    return {};
  }
  Result<std::optional<ByteView>> Value(ByteView key) const override { return Find(values, key); }

  /// Puts all of them at once.
  Result<void> Put(const Pairs& pairs) {
    std::vector<MapChange> changes;
    for (const auto& [key, value] : pairs) {
      values[key] = value;
      changes.push_back({key, HashMapLeaf(key, value)});
    }
    const auto updated = UpdateMap(*this, root, std::move(changes));
    if (!updated) return updated.error();
    root = *updated;
    return {};
  }

  MapHash root = EmptyMap();
  Pairs nodes;   ///< by edge
  Pairs values;  ///< by key
  std::size_t read_limit = 0;
  mutable std::size_t reads = 0;

 private:
  static Result<std::optional<ByteView>> Find(const Pairs& pairs, ByteView name) {
    const auto found = pairs.find(Bytes(name.begin(), name.end()));
    if (found == pairs.end()) return std::optional<ByteView>();
    return std::optional<ByteView>(found->second);
  }
};

class RandomPairs {
 public:
  explicit RandomPairs(std::uint64_t seed) : random_(seed) {}

  std::size_t Below(std::size_t bound) { return random_() % bound; }
  template <class Container>
  const auto& Any(const Container& container) {
    return *std::next(container.begin(), std::ptrdiff_t(Below(container.size())));
  }

  /// Short ones, typed ones as the ledger has them, and relatives of keys that are in `pairs`:
  /// prefixes, continuations by 00 and FF, which is what keys are padded with, and near misses.
  Bytes Key(const Pairs& pairs) {
    if (pairs.empty() || Below(3) == 0) return FreshKey();
    Bytes key = Any(pairs).first;
    switch (Below(4)) {
      case 0:
        key.resize(Below(key.size() + 1));
        break;
      case 1:
        if (Below(2) == 0) key.push_back(0x00);
        key.insert(key.end(), Below(4), 0xFF);
        break;
      case 2:
        key.insert(key.end(), 1 + Below(3), 0x00);
        break;
      default:
        if (!key.empty()) key[Below(key.size())] ^= static_cast<std::uint8_t>(1 << Below(8));
    }
    return key;
  }

  Bytes Value() { return Random(Below(10) == 0 ? Below(300) : Below(40)); }

  Pairs Batch(std::size_t size, const Pairs& relatives) {
    Pairs known = relatives;
    Pairs batch;
    while (batch.size() < size) {
      // Often a replacement.
      const Bytes key = !relatives.empty() && Below(3) == 0 ? Any(relatives).first : Key(known);
      known[key] = batch[key] = Value();
    }
    return batch;
  }

 private:
  Bytes Random(std::size_t size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    return bytes;
  }

  Bytes FreshKey() {
    switch (Below(4)) {
      case 0: {
        // Few bytes of few values: collisions of every kind.
        Bytes key(Below(4));
        for (std::uint8_t& byte : key)
          byte = std::uint8_t(Any(std::vector{0x00, 0x7F, 0x80, 0xFF}));
        return key;
      }
      case 1: {
        Bytes key = Random(32);
        key.insert(key.begin(), static_cast<std::uint8_t>(1 + Below(6)));
        return key;
      }
      case 2: {
        std::string text = "MA.156." + std::to_string(Below(30));
        if (Below(2) == 0) text += "." + std::string(1, static_cast<char>('A' + Below(6)));
        Bytes key(text.begin(), text.end());
        key.insert(key.begin(), 0x01);
        return key;
      }
      default:
        return Random(1 + Below(12));
    }
  }

  std::mt19937_64 random_;
};

}  // namespace cityid::testing

// A proof for one key of the state map (docs/proof.md 2), which the program itself doesn't use: it
// proves many keys at once (`ProveKeys`). Kept for foreign vectors and as a second opinion.
#pragma once

#include <optional>
#include <vector>

#include "ledger/tlog/map_proof.h"

namespace cityid::testing {

inline Error Forged(const char* what) {
  return Error{Errc::kForged, std::string("map proof: ") + what};
}

inline void AppendText(Bytes& out, ByteView text) {
  AppendLeb128(out, text.size());
  Append(out, text);
}

/// Takes a number in the shortest form of unsigned LEB128. Returns nothing for any other form, and
/// from 2^35 on.
inline std::optional<std::uint64_t> TakeNumber(ByteView& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35 && !in.empty(); shift += 7) {
    const std::uint8_t byte = in.front();
    in = in.subspan(1);
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift > 0) return std::nullopt;
      return value;
    }
  }
  return std::nullopt;
}

inline std::optional<ByteView> Take(ByteView& in, std::uint64_t size) {
  if (size > in.size()) return std::nullopt;
  const ByteView part = in.first(size);
  in = in.subspan(size);
  return part;
}

inline std::optional<ByteView> TakeText(ByteView& in) {
  const auto size = TakeNumber(in);
  return size ? Take(in, *size) : std::nullopt;
}

inline Result<MapNode> Top(const MapStore& map) {
  auto top = ReadNode(map, EdgeOf({}, 0));
  if (!top) return top.error();
  if (!*top) return Error{Errc::kCorrupt, "map: it has no top"};
  return **std::move(top);
}

inline Result<ByteView> ValueOf(const ProvableMap& map, ByteView key) {
  const auto value = map.Value(key);
  if (!value) return value.error();
  if (!*value) return Error{Errc::kCorrupt, "map: a leaf has no value"};
  return **value;
}

/// Returns the proof of what the map has under `key`: for each inner node from the leaf up
/// LEB128(bit) | sibling. For a key that is not there, the leaf at which the search ends comes
/// first.
inline Result<Bytes> ProveKey(const ProvableMap& map, const MapHash& root, ByteView key) {
  if (root == EmptyMap()) return Bytes();
  auto node = Top(map);
  if (!node) return node.error();
  std::vector<Bytes> steps;
  while (!node->leaf) {
    const bool side = KeyBit(key, node->bit);
    Bytes step;
    AppendLeb128(step, node->bit);
    Append(step, node->child[!side].view());
    steps.push_back(std::move(step));
    auto child = ReadChild(map, *node, side);
    if (!child) return child.error();
    node = *std::move(child);
  }
  Bytes proof;
  if (!Equal(node->key, key)) {
    const auto value = ValueOf(map, node->key);
    if (!value) return value.error();
    AppendText(proof, node->key);
    AppendText(proof, *value);
  }
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) Append(proof, *step);
  return proof;
}

/// Verifies that the map with this root has `value` under `key`, or nothing if there is no value.
inline Result<void> VerifyKey(const MapHash& root, ByteView key,
                              const std::optional<ByteView>& value, ByteView proof) {
  ByteView leaf_key = key;
  ByteView leaf_value = value.value_or(ByteView());
  if (!value) {
    if (proof.empty()) {
      if (root != EmptyMap()) return Forged("the map is not empty");
      return {};
    }
    const auto other_key = TakeText(proof);
    const auto other_value = other_key ? TakeText(proof) : std::nullopt;
    if (!other_value) return Forged("it does not begin with a leaf");
    if (Equal(*other_key, key)) return Forged("the key is there");
    leaf_key = *other_key;
    leaf_value = *other_value;
  }
  MapHash hash = HashMapLeaf(leaf_key, leaf_value);
  std::uint64_t last = kMaxMapBit + 1;
  while (!proof.empty()) {
    const auto bit = TakeNumber(proof);
    const auto sibling = Take(proof, MapHash::kSize);
    if (!bit || !sibling || *bit >= last) return Forged("a step is malformed");
    last = *bit;
    const bool side = KeyBit(leaf_key, *bit);
    if (side != KeyBit(key, *bit)) return Forged("the leaf stands elsewhere");
    const MapHash other = *MapHash::From(*sibling);
    hash = side ? HashMapNode(*bit, other, hash) : HashMapNode(*bit, hash, other);
  }
  if (hash != root) return Forged("it leads to another root");
  return {};
}

}  // namespace cityid::testing

#include "ledger/tlog/map.h"

#include <algorithm>
#include <span>

#include "codec/ed25519.h"

namespace cityid {
namespace {

constexpr std::size_t kNever = static_cast<std::size_t>(-1);
constexpr std::uint8_t kLeafMark = 0x00;
constexpr std::uint8_t kInnerMark = 0x01;

Error Corrupt(const char* what) { return Error{Errc::kCorrupt, std::string("map: ") + what}; }

Bytes Leb128(std::uint64_t value) {
  Bytes bytes;
  AppendLeb128(bytes, value);
  return bytes;
}

std::uint8_t PaddedByte(ByteView key, std::size_t i) {
  return i < key.size() ? key[i] : i == key.size() ? 0x00 : 0xFF;
}

/// Returns the first bit below `limit` in which two padded keys differ, kNever if there is none.
/// The keys agree on the bits before `start`.
std::size_t FirstDifference(ByteView a, ByteView b, std::size_t start, std::size_t limit = kNever) {
  const std::size_t bytes = std::max(a.size(), b.size()) + 1;
  for (std::size_t i = start / 8; i < bytes && i * 8 < limit; ++i) {
    const unsigned different = PaddedByte(a, i) ^ PaddedByte(b, i);
    if (different == 0) continue;
    std::size_t bit = i * 8;
    for (unsigned mask = 0x80; (different & mask) == 0; mask >>= 1) ++bit;
    return bit < limit ? bit : kNever;
  }
  return kNever;
}

/// Orders changes by their padded keys, which is the order of the leaves in the tree.
bool IsBefore(const MapChange& a, const MapChange& b) {
  const std::size_t bit = FirstDifference(a.key, b.key, 0);
  return bit != kNever && KeyBit(b.key, bit);
}

/// Returns the first `bits` bits of the padded key. Zero bits fill the last byte.
Bytes PrefixOf(ByteView key, std::size_t bits) {
  Bytes prefix((bits + 7) / 8);
  for (std::size_t i = 0; i < prefix.size(); ++i) prefix[i] = PaddedByte(key, i);
  if (bits % 8 != 0) prefix.back() &= static_cast<std::uint8_t>(0xFF00 >> bits % 8);
  return prefix;
}

Bytes Encode(const MapNode& node) {
  if (node.leaf) {
    Bytes bytes = {kLeafMark};
    Append(bytes, node.key);
    return bytes;
  }
  Bytes bytes = {kInnerMark, static_cast<std::uint8_t>(node.bit >> 8),
                 static_cast<std::uint8_t>(node.bit)};
  for (const MapHash& child : node.child) Append(bytes, child.view());
  Append(bytes, node.key);
  return bytes;
}

Result<MapNode> Decode(ByteView bytes) {
  constexpr std::size_t kHead = 3 + 2 * MapHash::kSize;
  if (!bytes.empty() && bytes[0] == kLeafMark) {
    return MapNode{true, Bytes(bytes.begin() + 1, bytes.end()), 0, {}};
  }
  if (bytes.size() < kHead || bytes[0] != kInnerMark) return Corrupt("a node can't be read");
  MapNode node;
  node.bit = static_cast<std::size_t>(bytes[1]) << 8 | bytes[2];
  node.child[0] = *MapHash::From(bytes.subspan(3, MapHash::kSize));
  node.child[1] = *MapHash::From(bytes.subspan(3 + MapHash::kSize, MapHash::kSize));
  node.key.assign(bytes.begin() + kHead, bytes.end());
  if (node.key.size() != (node.bit + 7) / 8) return Corrupt("a node has a prefix of wrong length");
  return node;
}

/// A subtree that is there before an update: its top and its hash.
struct OldSubtree {
  MapNode node;
  MapHash hash;
};

class Updater {
 public:
  explicit Updater(MapSink& nodes) : nodes_(nodes) {}

  /// Makes the subtree at the edge of `bits` bits out of the old one and the changes below it,
  /// which are in the order of the leaves. Returns its hash. There is an old one or a change.
  Result<MapHash> Place(std::size_t bits, std::span<const MapChange> changes,
                        const std::optional<OldSubtree>& old) {
    if (changes.empty()) return Put(bits, old->node, old->hash);
    const std::size_t split = SplitOf(bits, changes, old);
    if (old && !old->node.leaf && split >= old->node.bit) return Descend(bits, changes, *old);
    if (split == kNever) {
      return Put(bits, MapNode{true, changes.front().key, 0, {}}, changes.front().leaf);
    }
    if (split > kMaxMapBit) return Corrupt("a key is too long");
    const auto [left, right] = Partition(changes, split);
    const bool side = old && KeyBit(old->node.key, split);
    MapNode inner{false, PrefixOf(changes.front().key, split), split, {}};
    for (const bool child : {false, true}) {
      const auto hash = Place(split + 1, child ? right : left,
                              old && side == child ? old : std::optional<OldSubtree>());
      if (!hash) return hash;
      inner.child[child] = *hash;
    }
    return Put(bits, inner, HashMapNode(split, inner.child[0], inner.child[1]));
  }

 private:
  /// Returns the first bit at which the changes and the prefix of the old subtree differ.
  static std::size_t SplitOf(std::size_t bits, std::span<const MapChange> changes,
                             const std::optional<OldSubtree>& old) {
    const Bytes& key = changes.front().key;
    // At the bit where the old subtree splits, `Descend` takes over.
    std::size_t split = old && !old->node.leaf ? old->node.bit : kNever;
    if (old) split = std::min(split, FirstDifference(key, old->node.key, bits, split));
    // In order, no two of them differ earlier than the first and the last.
    return std::min(split, FirstDifference(key, changes.back().key, bits, split));
  }

  static std::pair<std::span<const MapChange>, std::span<const MapChange>> Partition(
      std::span<const MapChange> changes, std::size_t bit) {
    const auto middle = std::ranges::partition_point(
        changes, [&](const MapChange& change) { return !KeyBit(change.key, bit); });
    const auto count = static_cast<std::size_t>(middle - changes.begin());
    return {changes.first(count), changes.subspan(count)};
  }

  Result<MapHash> Descend(std::size_t bits, std::span<const MapChange> changes,
                          const OldSubtree& old) {
    MapNode node = old.node;
    const auto [left, right] = Partition(changes, node.bit);
    for (const bool side : {false, true}) {
      const auto part = side ? right : left;
      if (part.empty()) continue;
      auto child = ReadChild(nodes_, node, side);
      if (!child) return child.error();
      const auto hash = Place(node.bit + 1, part, OldSubtree{*std::move(child), node.child[side]});
      if (!hash) return hash;
      node.child[side] = *hash;
    }
    return Put(bits, node, HashMapNode(node.bit, node.child[0], node.child[1]));
  }

  Result<MapHash> Put(std::size_t bits, const MapNode& node, const MapHash& hash) {
    if (const auto put = nodes_.PutNode(EdgeOf(node.key, bits), Encode(node)); !put)
      return put.error();
    return hash;
  }

  MapSink& nodes_;
};

}  // namespace

MapHash EmptyMap() { return *MapHash::From(Sha256(ByteView{}).view()); }

MapHash HashMapLeaf(ByteView key, ByteView value) {
  const std::uint8_t mark[] = {kLeafMark};
  return *MapHash::From(
      Sha256({mark, Leb128(key.size()), key, Leb128(value.size()), value}).view());
}

MapHash HashMapNode(std::size_t bit, const MapHash& left, const MapHash& right) {
  const std::uint8_t mark[] = {kInnerMark};
  return *MapHash::From(Sha256({mark, Leb128(bit), left.view(), right.view()}).view());
}

void AppendLeb128(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

bool KeyBit(ByteView key, std::size_t n) {
  return (PaddedByte(key, n / 8) >> (7 - n % 8) & 1) != 0;
}

Bytes EdgeOf(ByteView key, std::size_t bits) {
  Bytes edge = PrefixOf(key, bits);
  edge.push_back(static_cast<std::uint8_t>(bits % 8));
  return edge;
}

Result<std::optional<MapNode>> ReadNode(const MapStore& store, ByteView edge) {
  const auto bytes = store.Node(edge);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<MapNode>();
  auto node = Decode(**bytes);
  if (!node) return node.error();
  return std::optional(*std::move(node));
}

Result<MapNode> ReadChild(const MapStore& store, const MapNode& node, bool side) {
  Bytes path = node.key;
  path.resize(node.bit / 8 + 1);
  if (side) path[node.bit / 8] |= static_cast<std::uint8_t>(0x80 >> node.bit % 8);
  auto child = ReadNode(store, EdgeOf(path, node.bit + 1));
  if (!child) return child.error();
  if (!*child) return Corrupt("a node is missing");
  // The bits grow on the way down, so that damage can't make a circle.
  if (!(*child)->leaf && (*child)->bit <= node.bit) return Corrupt("a node leads up");
  return **std::move(child);
}

Result<MapHash> UpdateMap(MapSink& nodes, const MapHash& root, std::vector<MapChange> changes) {
  if (changes.empty()) return root;
  auto top = ReadNode(nodes, EdgeOf({}, 0));
  if (!top) return top.error();
  if (!*top && root != EmptyMap()) return Corrupt("it has no top");
  std::optional<OldSubtree> old;
  if (*top) old = OldSubtree{**std::move(top), root};
  // So each node costs what its key is long, however many changes are below it.
  if (!std::ranges::is_sorted(changes, IsBefore)) std::ranges::sort(changes, IsBefore);
  return Updater(nodes).Place(0, changes, old);
}

}  // namespace cityid

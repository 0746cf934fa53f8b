#include "ledger/tlog/map_proof.h"

#include <algorithm>
#include <span>

namespace cityid {
namespace {

constexpr std::uint8_t kLeafMark = 0x00;
constexpr std::uint8_t kInnerMark = 0x01;
constexpr std::uint8_t kHashMark = 0x02;
/// So that positions have 32 bits. No document is so large.
constexpr std::size_t kMaxPartialMap = std::size_t{1} << 30;

void AppendText(Bytes& out, ByteView text) {
  AppendLeb128(out, text.size());
  Append(out, text);
}

/// Takes a number in the shortest form of unsigned LEB128. Returns nothing for any other form, and
/// from 2^35 on.
std::optional<std::uint64_t> TakeNumber(ByteView& in) {
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

std::optional<ByteView> Take(ByteView& in, std::uint64_t size) {
  if (size > in.size()) return std::nullopt;
  const ByteView part = in.first(static_cast<std::size_t>(size));
  in = in.subspan(part.size());
  return part;
}

std::optional<ByteView> TakeText(ByteView& in) {
  const auto size = TakeNumber(in);
  return size ? Take(in, *size) : std::nullopt;
}

Result<MapNode> Top(const MapStore& map) {
  auto top = ReadNode(map, EdgeOf({}, 0));
  if (!top) return top.error();
  if (!*top) return Error{Errc::kCorrupt, "map: it has no top"};
  return **std::move(top);
}

Result<ByteView> ValueOf(const ProvableMap& map, ByteView key) {
  const auto value = map.Value(key);
  if (!value) return value.error();
  if (!*value) return Error{Errc::kCorrupt, "map: a leaf has no value"};
  return **value;
}

/// A key to look up, or the bytes with which a range of keys begins.
struct Wanted {
  Bytes key;
  bool is_range;

  /// Returns true if this is a range and has every key below the node.
  bool HasAllOf(const MapNode& node) const {
    return is_range && node.bit >= 8 * key.size() &&
           std::equal(key.begin(), key.end(), node.key.begin());
  }
};

/// Writes a part of a map from the top down, the left side first.
class PartWriter {
 public:
  PartWriter(const ProvableMap& map, std::size_t limit) : map_(map), limit_(limit) {}

  /// Writes what is wanted of the node and of everything below it; of no key or range: all of it.
  Result<void> Write(const MapNode& node, std::span<Wanted> wanted) {
    if (out.size() > limit_) return Error{Errc::kTooLarge, "map proof: it is too large"};
    if (node.leaf) {
      const auto value = ValueOf(map_, node.key);
      if (!value) return value.error();
      out.push_back(kLeafMark);
      AppendText(out, node.key);
      AppendText(out, *value);
      return {};
    }
    out.push_back(kInnerMark);
    AppendLeb128(out, node.bit);
    if (std::ranges::any_of(wanted, [&](const Wanted& each) { return each.HasAllOf(node); }))
      wanted = {};
    const auto right =
        std::ranges::partition(wanted, [&](const Wanted& w) { return !KeyBit(w.key, node.bit); });
    const std::size_t count = wanted.size() - right.size();
    for (const bool side : {false, true}) {
      const auto part = side ? wanted.subspan(count) : wanted.first(count);
      if (!wanted.empty() && part.empty()) {
        out.push_back(kHashMark);
        Append(out, node.child[side].view());
        continue;
      }
      const auto child = ReadChild(map_, node, side);
      if (!child) return child.error();
      if (const auto written = Write(*child, part); !written) return written;
    }
    return {};
  }

  Bytes out;

 private:
  const ProvableMap& map_;
  const std::size_t limit_;
};

}  // namespace

Result<Bytes> ProveKeys(const ProvableMap& map, const MapHash& root, const std::vector<Bytes>& keys,
                        const std::vector<Bytes>& ranges, std::size_t limit) {
  PartWriter writer(map, limit);
  if (root == EmptyMap()) return std::move(writer.out);
  std::vector<Wanted> wanted;
  for (const Bytes& key : keys) wanted.push_back({key, false});
  for (const Bytes& range : ranges) wanted.push_back({range, true});
  if (wanted.empty()) {
    writer.out.push_back(kHashMark);
    Append(writer.out, root.view());
    return std::move(writer.out);
  }
  const auto top = Top(map);
  if (!top) return top.error();
  if (const auto written = writer.Write(*top, wanted); !written) return written.error();
  return std::move(writer.out);
}

/// Reads a partial map from the top down. A stranger chooses how deep it is, so what is open above
/// the place where it reads is no recursion, but a list: at most one node for each bit.
class PartialMap::Reader {
 public:
  explicit Reader(ByteView proof) : rest(proof), size_(proof.size()) {}

  /// Reads the top and everything below it. Returns its hash, or nothing if it is malformed.
  std::optional<MapHash> Read() {
    std::vector<Inner> above;
    while (true) {
      const std::size_t at = nodes.size();
      nodes.emplace_back();
      const auto mark = Take(rest, 1);
      if (!mark) return std::nullopt;
      if (mark->front() == kInnerMark) {
        const auto number = TakeNumber(rest);
        const std::size_t least = above.empty() ? 0 : above.back().bit + 1U;
        if (!number || *number < least || *number > kMaxMapBit) return std::nullopt;
        above.push_back({at, static_cast<std::uint16_t>(*number), {}});
        continue;
      }
      auto hash = mark->front() == kLeafMark ? ReadLeaf(at) : ReadHash(mark->front());
      if (!hash) return std::nullopt;
      while (!above.empty() && above.back().left) {
        hash = HashMapNode(above.back().bit, *above.back().left, *hash);
        above.pop_back();
      }
      if (above.empty()) return hash;
      above.back().left = hash;
      nodes[above.back().at] = {Position(nodes.size()), 0, above.back().bit, Kind::kInner};
    }
  }

  static std::uint32_t Position(std::size_t n) { return static_cast<std::uint32_t>(n); }

  ByteView rest;
  std::vector<Node> nodes;

 private:
  /// An inner node of which not everything was read.
  struct Inner {
    std::size_t at;
    std::uint16_t bit;
    std::optional<MapHash> left;
  };

  std::optional<MapHash> ReadLeaf(std::size_t at) {
    nodes[at] = {Position(size_ - rest.size()), 0, 0, Kind::kLeaf};
    const auto key = TakeText(rest);
    const auto value = key ? TakeText(rest) : std::nullopt;
    if (!value) return std::nullopt;
    return HashMapLeaf(*key, *value);
  }

  std::optional<MapHash> ReadHash(std::uint8_t mark) {
    const auto hash = mark == kHashMark ? Take(rest, MapHash::kSize) : std::nullopt;
    if (!hash) return std::nullopt;
    return MapHash::From(*hash);
  }

  const std::size_t size_;
};

Result<PartialMap> PartialMap::Parse(ByteView proof) {
  PartialMap map;
  if (proof.empty()) return map;
  if (proof.size() > kMaxPartialMap) return Error{Errc::kTooLarge, "map proof: it is too large"};
  Reader reader(proof);
  const auto root = reader.Read();
  if (!root || !reader.rest.empty()) return Error{Errc::kMalformed, "map proof: it can't be read"};
  map.proof_ = proof;
  map.root_ = *root;
  map.nodes_ = std::move(reader.nodes);
  std::size_t leaf = map.nodes_.size();
  for (std::size_t i = map.nodes_.size(); i-- > 0;) {
    if (map.nodes_[i].kind == Kind::kLeaf) leaf = i;
    map.nodes_[i].leaf = Reader::Position(leaf);
  }
  return map;
}

std::pair<ByteView, ByteView> PartialMap::Leaf(const Node& node) const {
  ByteView rest = proof_.subspan(node.at);
  const ByteView key = TakeText(rest).value_or(ByteView());
  return {key, TakeText(rest).value_or(ByteView())};
}

Result<std::optional<ByteView>> PartialMap::Find(ByteView key) const {
  if (nodes_.empty()) return std::optional<ByteView>();
  std::size_t at = 0;
  std::size_t end = nodes_.size();  // of the subtree at `at`
  const Node* split = nullptr;      // the last inner node on the way with a leaf below it
  for (; nodes_[at].kind == Kind::kInner; ++at) {
    const Node& node = nodes_[at];
    if (node.leaf < end) split = &node;
    if (KeyBit(key, node.bit)) {
      at = node.at - 1;
    } else {
      end = node.at;
    }
  }
  if (nodes_[at].kind == Kind::kLeaf) {
    const auto [found, value] = Leaf(nodes_[at]);
    return Equal(found, key) ? std::optional(value) : std::nullopt;
  }
  // All keys below a node are the same before the bit at which it splits.
  if (split != nullptr &&
      EdgeOf(Leaf(nodes_[split->leaf]).first, split->bit) != EdgeOf(key, split->bit))
    return std::optional<ByteView>();
  return Error{Errc::kNotFound, "the proof does not reach a key that is needed"};
}

std::vector<std::pair<ByteView, ByteView>> PartialMap::Leaves() const {
  std::vector<std::pair<ByteView, ByteView>> leaves;
  for (const Node& node : nodes_) {
    if (node.kind == Kind::kLeaf) leaves.push_back(Leaf(node));
  }
  return leaves;
}

}  // namespace cityid

#include "ledger/tlog/map_proof.h"

#include <algorithm>
#include <span>

namespace cityid {
namespace {

constexpr std::uint8_t kLeafMark = 0x00;
constexpr std::uint8_t kInnerMark = 0x01;
constexpr std::uint8_t kHashMark = 0x02;

Error Forged(const char* what) { return Error{Errc::kForged, std::string("map proof: ") + what}; }

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
  const ByteView part = in.first(size);
  in = in.subspan(size);
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

/// Writes the part of a map that leads to some keys, from the top down, the left side first.
class KeysWriter {
 public:
  explicit KeysWriter(const ProvableMap& map) : map_(map) {}

  Result<void> Write(const MapNode& node, std::span<Bytes> keys) {
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
    const auto middle = std::partition(keys.begin(), keys.end(),
                                       [&](const Bytes& key) { return !KeyBit(key, node.bit); });
    const auto count = static_cast<std::size_t>(middle - keys.begin());
    for (const bool side : {false, true}) {
      const auto part = side ? keys.subspan(count) : keys.first(count);
      if (part.empty()) {
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
};

}  // namespace

Result<Bytes> ProveKeys(const ProvableMap& map, const MapHash& root,
                        const std::vector<Bytes>& keys) {
  KeysWriter writer(map);
  if (root == EmptyMap() || keys.empty()) {
    if (root != EmptyMap()) {
      writer.out.push_back(kHashMark);
      Append(writer.out, root.view());
    }
    return std::move(writer.out);
  }
  const auto top = Top(map);
  if (!top) return top.error();
  std::vector<Bytes> wanted = keys;
  if (const auto written = writer.Write(*top, wanted); !written) return written.error();
  return std::move(writer.out);
}

/// Reads a partial map from the top down. The bits grow on the way, so the nesting is bounded.
class PartialMap::Reader {
 public:
  explicit Reader(ByteView proof) : in(proof) {}

  /// Reads a node and everything below it. Returns its position, or nothing if it is malformed.
  std::optional<std::size_t> Read(std::size_t least_bit) {
    const auto mark = Take(in, 1);
    if (!mark) return std::nullopt;
    const std::size_t at = nodes.size();
    nodes.emplace_back();
    Node node;
    if (mark->front() == kHashMark) {
      const auto hash = Take(in, MapHash::kSize);
      if (!hash) return std::nullopt;
      node.hash = *MapHash::From(*hash);
    } else if (mark->front() == kLeafMark) {
      const auto key = TakeText(in);
      const auto value = key ? TakeText(in) : std::nullopt;
      if (!value) return std::nullopt;
      node = {Kind::kLeaf, HashMapLeaf(*key, *value), 0, 0, 0, *key, *value};
    } else if (mark->front() == kInnerMark) {
      const auto bit = TakeNumber(in);
      if (!bit || *bit < least_bit || *bit > kMaxMapBit) return std::nullopt;
      const auto left = Read(*bit + 1);
      const auto right = left ? Read(*bit + 1) : std::nullopt;
      if (!right) return std::nullopt;
      node = {Kind::kInner,
              HashMapNode(*bit, nodes[*left].hash, nodes[*right].hash),
              *bit,
              *left,
              *right,
              {},
              {}};
    } else {
      return std::nullopt;
    }
    nodes[at] = node;
    return at;
  }

  ByteView in;
  std::vector<Node> nodes;
};

Result<PartialMap> PartialMap::Parse(ByteView proof) {
  PartialMap map;
  if (proof.empty()) return map;
  Reader reader(proof);
  if (!reader.Read(0) || !reader.in.empty()) {
    return Error{Errc::kMalformed, "map proof: it can't be read"};
  }
  map.nodes_ = std::move(reader.nodes);
  return map;
}

Result<std::optional<ByteView>> PartialMap::Find(ByteView key) const {
  if (nodes_.empty()) return std::optional<ByteView>();
  const Node* node = &nodes_.front();
  while (node->kind == Kind::kInner) {
    node = &nodes_[KeyBit(key, node->bit) ? node->right : node->left];
  }
  if (node->kind == Kind::kHash) return Forged("it does not reach a key that is needed");
  if (!Equal(node->key, key)) return std::optional<ByteView>();
  return std::optional(node->value);
}

std::vector<std::pair<ByteView, ByteView>> PartialMap::Leaves() const {
  std::vector<std::pair<ByteView, ByteView>> leaves;
  for (const Node& node : nodes_) {
    if (node.kind == Kind::kLeaf) leaves.emplace_back(node.key, node.value);
  }
  return leaves;
}

}  // namespace cityid

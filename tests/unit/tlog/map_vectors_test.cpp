// Our state map against the Merkle prefix trees of torchwood.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "ledger/tlog/map_proof.h"
#include "tests/unit/codec/vector_file.h"
#include "tests/world/key_proof.h"

namespace cityid {
namespace {

using testing::VerifyKey;

namespace fs = std::filesystem;

class MemoryNodes : public MapSink {
 public:
  Result<std::optional<ByteView>> Node(ByteView edge) const override {
    const auto found = nodes_.find(Bytes(edge.begin(), edge.end()));
    if (found == nodes_.end()) return std::optional<ByteView>();
    return std::optional<ByteView>(found->second);
  }
  Result<void> PutNode(ByteView edge, ByteView node) override {
    nodes_[Bytes(edge.begin(), edge.end())].assign(node.begin(), node.end());
    return {};
  }

 private:
  std::map<Bytes, Bytes> nodes_;
};

Bytes BytesOf(const std::string& hex) { return hex == "''" ? Bytes() : FromHex(hex).value(); }

MapHash RootOneByOne(const std::vector<MapChange>& changes) {
  MemoryNodes nodes;
  MapHash root = EmptyMap();
  for (const MapChange& change : changes) root = *UpdateMap(nodes, root, {change});
  return root;
}

TEST(MapVectors, HaveTheirRootsInOneBatchAndOneByOneInBothOrders) {
  const fs::path folder = SharedVectors("mpt");
  std::istringstream lines(ReadText(folder / "treehash-subset.txt"));
  std::size_t roots = 0;
  std::size_t keys = 0;
  std::vector<MapChange> tree;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream items(line);
    std::string word, first, second;
    items >> word >> first >> second;
    if (word == "kv") {
      const Bytes key = BytesOf(first);
      tree.push_back({key, HashMapLeaf(key, BytesOf(second))});
      ++keys;
      continue;
    }
    if (word != "hash") continue;
    SCOPED_TRACE(first);
    MemoryNodes nodes;
    EXPECT_EQ(Hex(*UpdateMap(nodes, EmptyMap(), tree)), first);
    EXPECT_EQ(Hex(RootOneByOne(tree)), first);
    std::ranges::reverse(tree);
    EXPECT_EQ(Hex(RootOneByOne(tree)), first);
    tree.clear();
    ++roots;
  }
  EXPECT_EQ(roots, 14U);
  EXPECT_EQ(keys, 28U);
}

TEST(MapVectors, OfProofsAreJudgedAsTheyState) {
  const fs::path folder = SharedVectors("mpt");
  std::istringstream lines(ReadText(folder / "verify-subset.txt"));
  std::map<std::string, std::string> vector;
  std::map<bool, std::size_t> seen;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream items(line);
    std::string word;
    items >> word;
    items >> vector[word];
    if (word != "verify") continue;
    const Bytes value = vector["val"] == "-" ? Bytes() : BytesOf(vector["val"]);
    const bool verifies =
        VerifyKey(*MapHash::From(BytesOf(vector["snap"])), BytesOf(vector["key"]),
                  vector["val"] == "-" ? std::nullopt : std::optional<ByteView>(value),
                  BytesOf(vector["proof"]))
            .ok();
    EXPECT_EQ(verifies, vector["verify"] == "true") << vector["snap"] << " " << vector["key"];
    ++seen[verifies];
  }
  EXPECT_EQ(seen[true] + seen[false], 8U);
  EXPECT_GT(seen[false], 0U);
}

}  // namespace
}  // namespace cityid

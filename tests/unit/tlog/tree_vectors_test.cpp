// Our tree, notes and map against vectors and a log that others made (shared/vectors/SOURCES.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "codec/base64.h"
#include "ledger/tlog/map_proof.h"
#include "ledger/tlog/note.h"
#include "ledger/tlog/tree_proof.h"
#include "tests/unit/codec/vector_file.h"
#include "tests/world/key_proof.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using testing::VerifyKey;

/// Goes on in `folder` of the test data from elsewhere, or says that it isn't here.
#define REQUIRE_SHARED(folder, name)       \
  const auto folder = SharedVectors(name); \
  if (!folder) GTEST_SKIP() << "the test data from elsewhere is not here"

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A hash. Some vectors have words like "don't care 2" instead: their SHA-256 stands for them.
/// Nothing if there is nothing: no hash of ours can be missing.
template <class Hash>
std::optional<Hash> HashIn(const nlohmann::json& member) {
  const Bytes bytes = FromBase64(member.get<std::string>()).value();
  if (bytes.empty()) return std::nullopt;
  const auto hash = Hash::From(bytes);
  return hash ? hash : Hash::From(Sha256(bytes).view());
}

std::optional<HashPath> PathIn(const nlohmann::json& proof) {
  HashPath path;
  for (const auto& item : proof) {
    const auto hash = HashIn<NodeHash>(item);
    if (!hash) return std::nullopt;
    path.push_back(*hash);
  }
  return path;
}

std::uint64_t NumberIn(const nlohmann::json& member) { return member.get<std::uint64_t>(); }

bool VerifiesInclusion(const nlohmann::json& vector) {
  const auto leaf = HashIn<LeafHash>(vector["leafHash"]);
  const auto root = HashIn<RootHash>(vector["root"]);
  const auto path = PathIn(vector["proof"]);
  if (!leaf || !root || !path) return false;
  const Index index{NumberIn(vector["leafIdx"])};
  if (vector.contains("treeSize")) {
    const TreeSize size{NumberIn(vector["treeSize"])};
    return VerifyInclusion(*leaf, index, size, *root, *path).ok();
  }
  const TreeRange range{NumberIn(vector["start"]), NumberIn(vector["end"])};
  return VerifyInclusion(*leaf, index, range, *root, *path).ok();
}

bool VerifiesConsistency(const nlohmann::json& vector) {
  const auto old_root = HashIn<RootHash>(vector["root1"]);
  const auto root = HashIn<RootHash>(vector["root2"]);
  const auto path = PathIn(vector["proof"]);
  if (!old_root || !root || !path) return false;
  if (vector.contains("size1")) {
    const TreeSize old_size{NumberIn(vector["size1"])};
    const TreeSize size{NumberIn(vector["size2"])};
    return VerifyConsistency(old_size, *old_root, size, *root, *path).ok();
  }
  const TreeRange range{NumberIn(vector["start"]), NumberIn(vector["end"])};
  const TreeSize size{NumberIn(vector["size"])};
  return VerifyConsistency(range, *old_root, size, *root, *path).ok();
}

/// Judges every vector below `folder`.
std::size_t Judge(const fs::path& folder, bool (*verifies)(const nlohmann::json&)) {
  std::size_t vectors = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const nlohmann::json vector = ReadJson(entry.path());
    EXPECT_NE(verifies(vector), vector["wantErr"].get<bool>()) << entry.path();
    ++vectors;
  }
  return vectors;
}

TEST(TreeVectors, OfInclusionAreJudgedAsTheyState) {
  REQUIRE_SHARED(folder, "merkle/inclusion");
  EXPECT_EQ(Judge(*folder, VerifiesInclusion), 98U);
}

TEST(TreeVectors, OfConsistencyAreJudgedAsTheyState) {
  REQUIRE_SHARED(folder, "merkle/consistency");
  EXPECT_EQ(Judge(*folder, VerifiesConsistency), 98U);
}

TEST(TreeVectors, OfInclusionInSubtreesAreJudgedAsTheyState) {
  REQUIRE_SHARED(folder, "merkle/subtreeinclusion");
  EXPECT_EQ(Judge(*folder, VerifiesInclusion), 204U);
}

TEST(TreeVectors, OfConsistencyOfSubtreesAreJudgedAsTheyState) {
  REQUIRE_SHARED(folder, "merkle/subtreeconsistency");
  EXPECT_EQ(Judge(*folder, VerifiesConsistency), 118U);
}

constexpr const char* kTesseraKey =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
constexpr std::uint64_t kTesseraSize = 15;

/// The tiles of that log at one size. It has one, of level 0.
class TesseraTiles : public TileStore {
 public:
  TesseraTiles(const fs::path& folder, std::uint64_t size) {
    if (size > 0) hashes_ = ReadText(folder / "tile/0/000.p" / std::to_string(size));
  }
  Result<std::optional<ByteView>> Tile(TileId id) const override {
    if (id != TileId{0, 0} || hashes_.empty()) return std::optional<ByteView>();
    return std::optional(AsBytes(hashes_));
  }

 private:
  std::string hashes_;
};

/// The checkpoint of a size, its signature verified.
std::optional<Checkpoint> OpenTessera(const fs::path& folder, std::uint64_t size) {
  const std::string bytes = ReadText(folder / ("checkpoint." + std::to_string(size)));
  const auto note = ParseNote(bytes);
  const NoteKey key = *NoteKey::Parse(kTesseraKey);
  if (!note || note->signatures.size() != 1 || !IsBy(note->signatures[0], key) ||
      !VerifyNoteSignature(note->text, note->signatures[0], key) || WriteNote(*note) != bytes) {
    return std::nullopt;
  }
  const auto checkpoint = Checkpoint::Parse(note->text);
  if (!checkpoint || checkpoint->text() != note->text) return std::nullopt;
  return *checkpoint;
}

/// tlog-tiles, "Log entries": each behind its length in two bytes, the more significant first.
std::vector<std::string> EntriesIn(std::string_view bundle) {
  std::vector<std::string> entries;
  while (bundle.size() >= 2) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bundle[i]); };
    const std::size_t size = std::size_t{byte(0)} << 8 | byte(1);
    if (size > bundle.size() - 2) break;
    entries.emplace_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  EXPECT_TRUE(bundle.empty());
  return entries;
}

std::vector<LeafHash> LeavesOf(const fs::path& folder, std::uint64_t size) {
  std::vector<LeafHash> leaves;
  if (size == 0) return leaves;
  const std::string bundle = ReadText(folder / "tile/entries/000.p" / std::to_string(size));
  for (const std::string& entry : EntriesIn(bundle)) leaves.push_back(HashLeaf(AsBytes(entry)));
  return leaves;
}

TEST(TesseraLog, HasTheSignedRootAtEverySizeFromEntriesAndFromTiles) {
  REQUIRE_SHARED(folder, "tlog/tessera");
  for (std::uint64_t size = 0; size <= kTesseraSize; ++size) {
    SCOPED_TRACE(size);
    const auto checkpoint = OpenTessera(*folder, size);
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->origin, "example.com/log/testdata");
    EXPECT_EQ(checkpoint->size, TreeSize{size});
    const std::vector<LeafHash> leaves = LeavesOf(*folder, size);
    ASSERT_EQ(leaves.size(), size);
    MemoryTiles built;
    ASSERT_TRUE(AppendLeaves(built, TreeSize{0}, leaves));
    EXPECT_EQ(Hex(*RootOf(built, TreeSize{size})), Hex(checkpoint->root));
    EXPECT_EQ(Hex(*RootOf(TesseraTiles(*folder, size), TreeSize{size})), Hex(checkpoint->root));
  }
}

TEST(TesseraLog, ASignatureOfOneSizeDoesNotHoldForAnother) {
  REQUIRE_SHARED(folder, "tlog/tessera");
  Note note = *ParseNote(ReadText(*folder / "checkpoint.15"));
  note.text = Checkpoint{"example.com/log/testdata", TreeSize{14}, RootHash{}}.text();
  const auto verified =
      VerifyNoteSignature(note.text, note.signatures[0], *NoteKey::Parse(kTesseraKey));
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Errc::kForged);
}

TEST(TesseraLog, HasProofsOfInclusionOfEveryEntryAtEverySize) {
  REQUIRE_SHARED(folder, "tlog/tessera");
  std::size_t proofs = 0;
  for (std::uint64_t size = 1; size <= kTesseraSize; ++size) {
    const TesseraTiles tiles(*folder, size);
    const RootHash root = OpenTessera(*folder, size)->root;
    const std::vector<LeafHash> leaves = LeavesOf(*folder, size);
    for (std::uint64_t i = 0; i < size; ++i, ++proofs) {
      SCOPED_TRACE(std::to_string(i) + " in " + std::to_string(size));
      const auto path = ProveInclusion(tiles, Index{i}, TreeSize{size});
      ASSERT_TRUE(path) << path.error().detail;
      EXPECT_TRUE(VerifyInclusion(leaves[i], Index{i}, TreeSize{size}, root, *path));
      for (std::uint64_t other = 0; other < size; ++other) {
        if (other == i) continue;
        EXPECT_FALSE(VerifyInclusion(leaves[i], Index{other}, TreeSize{size}, root, *path));
        EXPECT_FALSE(VerifyInclusion(leaves[other], Index{i}, TreeSize{size}, root, *path));
      }
    }
  }
  EXPECT_EQ(proofs, 120U);
}

TEST(TesseraLog, HasProofsOfConsistencyFromEverySmallerSize) {
  REQUIRE_SHARED(folder, "tlog/tessera");
  std::size_t proofs = 0;
  for (std::uint64_t size = 0; size <= kTesseraSize; ++size) {
    const TesseraTiles tiles(*folder, size);
    const RootHash root = OpenTessera(*folder, size)->root;
    for (std::uint64_t old = 1; old <= size; ++old, ++proofs) {
      SCOPED_TRACE(std::to_string(old) + " to " + std::to_string(size));
      const RootHash old_root = OpenTessera(*folder, old)->root;
      const auto path = ProveConsistency(tiles, TreeSize{old}, TreeSize{size});
      ASSERT_TRUE(path) << path.error().detail;
      EXPECT_TRUE(VerifyConsistency(TreeSize{old}, old_root, TreeSize{size}, root, *path));
      EXPECT_FALSE(VerifyConsistency(TreeSize{old}, RootHash{}, TreeSize{size}, root, *path));
      EXPECT_FALSE(VerifyConsistency(TreeSize{old}, old_root, TreeSize{size}, RootHash{}, *path));
    }
  }
  EXPECT_EQ(proofs, 120U);
}

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
  REQUIRE_SHARED(folder, "mpt");
  std::istringstream lines(ReadText(*folder / "treehash-subset.txt"));
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
  REQUIRE_SHARED(folder, "mpt");
  std::istringstream lines(ReadText(*folder / "verify-subset.txt"));
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

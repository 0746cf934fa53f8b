// Our Merkle tree against proofs, good and bad, that transparency-dev made.
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "ledger/tlog/tree_proof.h"
#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

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
  const fs::path folder = SharedVectors("merkle/inclusion");
  EXPECT_EQ(Judge(folder, VerifiesInclusion), 98U);
}

TEST(TreeVectors, OfConsistencyAreJudgedAsTheyState) {
  const fs::path folder = SharedVectors("merkle/consistency");
  EXPECT_EQ(Judge(folder, VerifiesConsistency), 98U);
}

TEST(TreeVectors, OfInclusionInSubtreesAreJudgedAsTheyState) {
  const fs::path folder = SharedVectors("merkle/subtreeinclusion");
  EXPECT_EQ(Judge(folder, VerifiesInclusion), 204U);
}

TEST(TreeVectors, OfConsistencyOfSubtreesAreJudgedAsTheyState) {
  const fs::path folder = SharedVectors("merkle/subtreeconsistency");
  EXPECT_EQ(Judge(folder, VerifiesConsistency), 118U);
}

}  // namespace
}  // namespace cityid

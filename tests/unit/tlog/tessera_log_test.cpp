// Our tree, tiles and notes against a log that Tessera wrote.
#include <gtest/gtest.h>

#include "ledger/tlog/note.h"
#include "ledger/tlog/tree_proof.h"
#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

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
  const fs::path folder = SharedVectors("tlog/tessera");
  for (std::uint64_t size = 0; size <= kTesseraSize; ++size) {
    SCOPED_TRACE(size);
    const auto checkpoint = OpenTessera(folder, size);
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->origin, "example.com/log/testdata");
    EXPECT_EQ(checkpoint->size, TreeSize{size});
    const std::vector<LeafHash> leaves = LeavesOf(folder, size);
    ASSERT_EQ(leaves.size(), size);
    MemoryTiles built;
    ASSERT_TRUE(AppendLeaves(built, TreeSize{0}, leaves));
    EXPECT_EQ(Hex(*RootOf(built, TreeSize{size})), Hex(checkpoint->root));
    EXPECT_EQ(Hex(*RootOf(TesseraTiles(folder, size), TreeSize{size})), Hex(checkpoint->root));
  }
}

TEST(TesseraLog, ASignatureOfOneSizeDoesNotHoldForAnother) {
  const fs::path folder = SharedVectors("tlog/tessera");
  Note note = *ParseNote(ReadText(folder / "checkpoint.15"));
  note.text = Checkpoint{"example.com/log/testdata", TreeSize{14}, RootHash{}}.text();
  const auto verified =
      VerifyNoteSignature(note.text, note.signatures[0], *NoteKey::Parse(kTesseraKey));
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Errc::kForged);
}

TEST(TesseraLog, HasProofsOfInclusionOfEveryEntryAtEverySize) {
  const fs::path folder = SharedVectors("tlog/tessera");
  std::size_t proofs = 0;
  for (std::uint64_t size = 1; size <= kTesseraSize; ++size) {
    const TesseraTiles tiles(folder, size);
    const RootHash root = OpenTessera(folder, size)->root;
    const std::vector<LeafHash> leaves = LeavesOf(folder, size);
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
  const fs::path folder = SharedVectors("tlog/tessera");
  std::size_t proofs = 0;
  for (std::uint64_t size = 0; size <= kTesseraSize; ++size) {
    const TesseraTiles tiles(folder, size);
    const RootHash root = OpenTessera(folder, size)->root;
    for (std::uint64_t old = 1; old <= size; ++old, ++proofs) {
      SCOPED_TRACE(std::to_string(old) + " to " + std::to_string(size));
      const RootHash old_root = OpenTessera(folder, old)->root;
      const auto path = ProveConsistency(tiles, TreeSize{old}, TreeSize{size});
      ASSERT_TRUE(path) << path.error().detail;
      EXPECT_TRUE(VerifyConsistency(TreeSize{old}, old_root, TreeSize{size}, root, *path));
      EXPECT_FALSE(VerifyConsistency(TreeSize{old}, RootHash{}, TreeSize{size}, root, *path));
      EXPECT_FALSE(VerifyConsistency(TreeSize{old}, old_root, TreeSize{size}, RootHash{}, *path));
    }
  }
  EXPECT_EQ(proofs, 120U);
}

}  // namespace
}  // namespace cityid

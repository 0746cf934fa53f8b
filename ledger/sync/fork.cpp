#include "ledger/sync/fork.h"

#include <map>

#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

/// The tiles of a log of a known size, each fetched when it is first needed.
class SourceTiles : public TileStore {
 public:
  SourceTiles(Source& source, TreeSize size) : source_(source), size_(size) {}
  Result<std::optional<ByteView>> Tile(TileId id) const override {
    const auto known = tiles_.find(id);
    if (known != tiles_.end()) return std::optional<ByteView>(known->second);
    if (id.number * kTileWidth >= size_.value >> (8 * id.level)) return std::optional<ByteView>();
    auto tile = source_.File(LogFile::In(size_, id.level, id.number));
    if (!tile) return tile.error();
    if (!*tile) return std::optional<ByteView>();
    return std::optional<ByteView>(tiles_[id] = **std::move(tile));
  }

 private:
  Source& source_;
  TreeSize size_;
  mutable std::map<TileId, Bytes> tiles_;
};

}  // namespace

Result<bool> Contains(const Ledger& ledger, const Checkpoint& checkpoint) {
  if (ledger.head().size < checkpoint.size) return false;
  const auto root = RootOf(ledger, checkpoint.size);
  if (!root) return root.error();
  return *root == checkpoint.root;
}

Result<bool> IsFork(const Ledger& ledger, Source& source, const Checkpoint& checkpoint) {
  const Head& head = ledger.head();
  if (checkpoint.size <= head.size) {
    const auto contains = Contains(ledger, checkpoint);
    if (!contains) return contains;
    return !*contains;
  }
  if (head.size.value == 0) return false;
  const SourceTiles tiles(source, checkpoint.size);
  const auto path = ProveConsistency(tiles, head.size, checkpoint.size);
  const auto root = path ? RootOf(tiles, head.size) : path.error();
  if (!root) return false;
  const bool authentic =
      VerifyConsistency(head.size, *root, checkpoint.size, checkpoint.root, *path).ok();
  return authentic && *root != head.root;
}

Result<bool> Continues(Source& source, const Checkpoint& older, const Checkpoint& newer) {
  const SourceTiles tiles(source, newer.size);
  const auto path = ProveConsistency(tiles, older.size, newer.size);
  if (!path) return path.error();
  return VerifyConsistency(older.size, older.root, newer.size, newer.root, *path).ok();
}

}  // namespace cityid

// The tiles of a tree, in memory.
#pragma once

#include <map>

#include "ledger/merkle.h"

namespace cityid::testing {

class MemoryTiles : public TileSink {
 public:
  Result<std::optional<ByteView>> Tile(TileId id) const override {
    const auto found = tiles_.find(id);
    if (found == tiles_.end()) return std::optional<ByteView>();
    return std::optional<ByteView>(found->second);
  }
  Result<void> PutTile(TileId id, ByteView hashes) override {
    tiles_[id].assign(hashes.begin(), hashes.end());
    return {};
  }

 private:
  std::map<TileId, Bytes> tiles_;
};

}  // namespace cityid::testing

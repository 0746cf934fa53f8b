// Claim: a path of the log has one spelling; a bundle that parses is its entries and nothing else;
// a tile that is taken is given back as it was.
#include <cstdlib>

#include "ledger/sync/log_files.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input = ByteView(data, size).subspan(1);
  const std::string_view text = AsText(input);
  if (const auto file = LogFile::Parse(text)) {
    if (file->path() != "tile/" + std::string(text)) std::abort();
  }
  const std::uint32_t width = data[0] + 1u;
  if (const auto entries = ParseBundle(input, width)) {
    std::size_t bytes = 0;
    for (const ByteView entry : *entries) bytes += 2 + entry.size();
    if (entries->size() != width || bytes != input.size()) std::abort();
  }
  MemoryTiles tiles;
  if (tiles.PutTile({0, data[0]}, input)) {
    const auto tile = tiles.Tile({0, data[0]});
    if (!tile || !*tile || !Equal(**tile, input)) std::abort();
  }
  return 0;
}

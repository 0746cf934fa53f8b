#include "ledger/snapshot/snapshot.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "codec/files/file.h"
#include "ledger/snapshot/snapshot_file.h"
#include "ledger/store/lmdb.h"
#include "ledger/store/tables.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWriteBuffer = 1024 * 1024;

/// Writes a file beside the final one, which it replaces when it is complete.
class Output {
 public:
  explicit Output(fs::path path) : path_(std::move(path)), part_(path_.string() + ".part") {
    file_.reset(std::fopen(part_.c_str(), "wbe"));
    if (file_) std::setvbuf(file_.get(), nullptr, _IOFBF, kWriteBuffer);
  }
  ~Output() {
    file_.reset();
    std::error_code ignored;
    if (!done_) fs::remove(part_, ignored);
  }
  bool Put(ByteView bytes) {
    return file_ && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size();
  }
  bool PutNumber(std::uint64_t value) {
    Bytes bytes;
    AppendBigEndian(bytes, value);
    return Put(bytes);
  }
  bool PutRow(ByteView key, ByteView value) {
    Bytes sizes;
    AppendBigEndian(sizes, key.size(), 2);
    AppendBigEndian(sizes, value.size(), 4);
    return Put(sizes) && Put(key) && Put(value);
  }
  Result<void> Finish() {
    if (!file_ || std::fflush(file_.get()) != 0 || ::fsync(fileno(file_.get())) != 0)
      return Trouble();
    file_.reset();
    std::error_code error;
    fs::rename(part_, path_, error);
    if (error) return Error{Errc::kIo, "cannot write " + path_.string() + ": " + error.message()};
    done_ = true;
    return SyncParent(path_);
  }
  Error Trouble() const { return SystemError("write", part_); }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  fs::path path_, part_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  bool done_ = false;
};

}  // namespace

Result<std::vector<RecordRef>> RecordsOf(ByteView key, ByteView value) {
  std::vector<RecordRef> refs;
  if (key.empty() || key[0] != 'I') return refs;
  const auto id = DecodeFields<IdentifierState>(value);
  if (!id) return id.error();
  for (const RecordRef& ref : {id->content, id->keys, id->aliases}) {
    if (std::ranges::find(refs, ref) == refs.end()) refs.push_back(ref);
  }
  return refs;
}

std::vector<TileId> EdgeTiles(TreeSize size) {
  std::vector<TileId> tiles;
  for (std::uint8_t level = 0; level < 8 && size.value >> (8 * level) > 0; ++level)
    tiles.push_back({level, ((size.value >> (8 * level)) - 1) / kTileWidth});
  return tiles;
}

namespace {

/// Makes the header, without the numbers of rows.
Result<SnapshotHeader> MakeHeader(const LedgerView& ledger) {
  const Head& head = ledger.head();
  const auto note = ledger.Note(head.size);
  if (!note) return note.error();
  if (!*note) return Error{Errc::kNotFound, "the ledger's head has no checkpoint"};
  SnapshotHeader header{std::string(kSnapshotFormat), **note, {}, {}, {}, {}, 0, 0};
  const Index last{head.size.value - 1};
  const auto state_root = ledger.Entry(last);
  if (!state_root) return state_root.error();
  header.state_root = ToBytes(*state_root);
  auto inclusion = ProveInclusion(ledger, last, head.size);
  if (!inclusion) return inclusion.error();
  header.inclusion = *std::move(inclusion);
  for (const TileId id : EdgeTiles(head.size)) {
    const auto tile = ledger.Tile(id);
    if (!tile) return tile.error();
    if (!*tile) return Error{Errc::kCorrupt, "ledger: a tile is missing"};
    header.edge.push_back({id.level, id.number, ToBytes(**tile)});
  }
  const auto policies = ledger.ScanPolicyProofs([&](std::uint64_t version, ByteView proof) {
    header.policies.push_back({version, ToBytes(proof)});
    return true;
  });
  if (!policies) return policies.error();
  return header;
}

}  // namespace

Result<void> WriteSnapshot(const LedgerView& ledger, const fs::path& path,
                           const SnapshotProgress& progress) {
  auto header = MakeHeader(ledger);
  if (!header) return header.error();
  std::set<std::uint64_t> named;  // the places of the records that the state names
  const auto count = [&](ByteView key, ByteView value) -> Result<bool> {
    const auto refs = RecordsOf(key, value);
    if (!refs) return CorruptValue("identifier", refs.error());
    for (const RecordRef& ref : *refs) named.insert(ref.index);
    ++header->values;
    return true;
  };
  if (const auto scanned = ledger.rows().Scan(Table::kState, {}, count); !scanned) return scanned;
  header->records = named.size();
  const std::uint64_t total = header->values + header->records;
  std::uint64_t done = 0;
  const auto advance = [&] {
    if (++done % kSnapshotStep == 0 && progress) progress(done, total);
  };

  Output out(path);
  const Bytes encoded = EncodeFields(*header);
  if (encoded.size() > kMaxSnapshotHeader)
    return Error{Errc::kTooLarge, "the ledger has too many policies for a snapshot"};
  if (!out.PutNumber(encoded.size()) || !out.Put(encoded)) return out.Trouble();
  const auto write = [&](ByteView key, ByteView value) -> Result<bool> {
    if (!out.PutRow(key, value)) return out.Trouble();
    advance();
    return true;
  };
  if (const auto scanned = ledger.rows().Scan(Table::kState, {}, write); !scanned) return scanned;
  for (const std::uint64_t index : named) {
    const auto entry = ledger.Entry(Index{index});
    if (!entry) return entry.error();
    if (!out.PutRow(EntryKey(Index{index}), *entry)) return out.Trouble();
    advance();
  }
  return out.Finish();
}

}  // namespace cityid

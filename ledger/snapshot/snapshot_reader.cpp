#include "ledger/snapshot/snapshot_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>

#include "codec/files/file.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/store/tables.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

struct Unmap {
  std::size_t size = 0;
  void operator()(std::uint8_t* data) const { ::munmap(data, size); }
};

/// A file that is mapped into memory, and how far it was read.
class Input {
 public:
  static Result<Input> Open(const fs::path& path) {
    Input input(path);
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) return SystemError("open", path);
    input.size_ = static_cast<std::size_t>(info.st_size);
    if (input.size_ == 0) return Error{Errc::kMalformed, path.string() + " is empty"};
    void* data = ::mmap(nullptr, input.size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (data == MAP_FAILED) return SystemError("read", path);
    ::madvise(data, input.size_, MADV_SEQUENTIAL);
    input.data_.reset(static_cast<std::uint8_t*>(data), Unmap{input.size_});
    return input;
  }

  std::optional<ByteView> Take(std::uint64_t size) {
    if (size > size_ - position_) return std::nullopt;
    const ByteView part(data_.get() + position_, size);
    position_ += size;
    return part;
  }
  std::optional<std::uint64_t> TakeNumber(std::size_t bytes) {
    const auto part = Take(bytes);
    if (!part) return std::nullopt;
    return ReadBigEndian(*part);
  }
  std::optional<SnapshotRow> TakeRow() {
    const auto key_size = TakeNumber(2);
    const auto value_size = key_size ? TakeNumber(4) : std::nullopt;
    const auto key = value_size ? Take(*key_size) : std::nullopt;
    const auto value = key ? Take(*value_size) : std::nullopt;
    if (!value) return std::nullopt;
    return SnapshotRow{*key, *value};
  }
  std::uint64_t left() const { return size_ - position_; }
  Error CutShort() const {
    return Error{Errc::kMalformed, path_.string() + " is no snapshot, or cut short"};
  }
  const fs::path& path() const { return path_; }
  bool AtEnd() const { return position_ == size_; }
  std::shared_ptr<const void> data() const { return data_; }

 private:
  explicit Input(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
  std::shared_ptr<std::uint8_t> data_;
  std::size_t size_ = 0;
  std::size_t position_ = 0;
};

std::uint64_t WidthOf(TileId id, TreeSize size) {
  return (size.value >> (8 * id.level)) - id.number * kTileWidth;
}

/// Puts the tiles of the right edge together: exactly those that a tree of this size has, each as
/// wide as it must be.
Result<MemoryTiles> ReadEdge(const SnapshotHeader& header, TreeSize size) {
  const Error other = ForgedSnapshot("its right edge has other tiles");
  MemoryTiles edge;
  for (const EdgeTile& tile : header.edge) {
    if (tile.level > 7) return other;
    const TileId id{static_cast<std::uint8_t>(tile.level), tile.number};
    if (const auto put = edge.PutTile(id, tile.hashes); !put) return put.error();
  }
  const auto wanted = EdgeTiles(size);
  if (edge.tiles().size() != wanted.size() || header.edge.size() != wanted.size()) return other;
  for (const TileId& id : wanted) {
    const auto tile = edge.tiles().find(id);
    if (tile == edge.tiles().end() || tile->second.size() != WidthOf(id, size) * NodeHash::kSize) {
      return other;
    }
  }
  return edge;
}

/// Checks that a full tile of the edge leads to the hash above it.
Result<void> CheckFullTile(const MemoryTiles& edge, TileId id) {
  const ByteView tile(edge.tiles().find(id)->second);
  MemoryTiles alone;
  std::vector<LeafHash> hashes;
  for (std::size_t i = 0; i < kTileWidth; ++i)
    hashes.push_back(*LeafHash::From(tile.subspan(i * NodeHash::kSize, NodeHash::kSize)));
  if (const auto appended = AppendLeaves(alone, TreeSize{0}, hashes); !appended) return appended;
  const auto folded = RootOf(alone, TreeSize{kTileWidth});
  if (!folded) return folded.error();
  const auto above =
      edge.tiles().find({static_cast<std::uint8_t>(id.level + 1), id.number / kTileWidth});
  if (above == edge.tiles().end() ||
      !Equal(ByteView(above->second).last(NodeHash::kSize), folded->view())) {
    return ForgedSnapshot("a tile of its right edge is wrong");
  }
  return {};
}

/// Reads the right edge and checks that it leads to the checkpoint's root.
Result<MemoryTiles> CheckEdge(const SnapshotHeader& header, const Checkpoint& checkpoint) {
  auto edge = ReadEdge(header, checkpoint.size);
  if (!edge) return edge;
  for (const TileId& id : EdgeTiles(checkpoint.size)) {
    if (WidthOf(id, checkpoint.size) < kTileWidth) continue;
    if (const auto checked = CheckFullTile(*edge, id); !checked) return checked.error();
  }
  const auto root = RootOf(*edge, checkpoint.size);
  if (!root) return ForgedSnapshot("its right edge is incomplete");
  if (*root != checkpoint.root) return ForgedSnapshot("its right edge leads to another root");
  return edge;
}

/// What a snapshot's checkpoint is judged by, and the policy proofs that lead there.
struct Chain {
  PolicyPosition end;
  std::vector<StoredProof> proofs;
};

/// Goes along the snapshot's policy proofs as far as they lead on from the trust file. If they
/// don't have its place, the file itself judges.
Chain ChainFrom(const TrustFile& file, const SnapshotHeader& header, sys_seconds now) {
  const PolicyProofSource proofs = [&](std::uint64_t version) -> Result<std::optional<Bytes>> {
    const auto found = std::ranges::find(header.policies, version, &StoredProof::version);
    if (found == header.policies.end()) return std::optional<Bytes>();
    return std::optional(found->proof);
  };
  auto link = FindPosition(proofs, file, now);
  if (!link) return {{file.trust, file.version}, {}};
  Chain chain;
  while (true) {
    chain.end = PolicyPosition::At(*link);
    chain.proofs.push_back({chain.end.version, std::move(link->proof)});
    auto next = NextPolicy(proofs, chain.end, now);
    if (!next || !*next) return chain;
    link = **std::move(next);
  }
}

/// Reads the rows of the state, which must be in order, and collects the records that they name.
/// Errors: kMalformed if the file is cut short; kForged.
Result<void> ReadValues(Input& input, OpenSnapshot& snapshot) {
  // Nothing has signed the number of rows, but a quorum the size of the log: no record writes more
  // values than one that revokes in as many blocks of serials as there may be.
  constexpr std::uint64_t kMostOfOneRecord = 2048;
  if (snapshot.header.values / kMostOfOneRecord >= snapshot.checkpoint.checkpoint.size.value)
    return ForgedSnapshot("its log can't have written so many values");
  constexpr std::uint64_t kLeast = 6;    // bytes of a row
  constexpr std::size_t kMostKey = 255;  // of any rule: an alias has fewer
  std::vector<SnapshotRow>& values = snapshot.values;
  values.reserve(std::min(snapshot.header.values, input.left() / kLeast));
  for (std::uint64_t i = 0; i < snapshot.header.values; ++i) {
    const auto row = input.TakeRow();
    if (!row) return input.CutShort();
    if (row->key.empty() || row->key.size() > kMostKey)
      return ForgedSnapshot("a key has a wrong length");
    if (i > 0 && !std::ranges::lexicographical_compare(values.back().key, row->key))
      return ForgedSnapshot("its values are out of order");
    const auto refs = RecordsOf(row->key, row->value);
    if (!refs) return ForgedSnapshot("a value can't be read");
    if (Equal(row->key, PolicyKey())) {
      const auto policy = DecodeFields<PolicyState>(row->value);
      if (!policy || policy->log != snapshot.state_root.log)
        return ForgedSnapshot("its policy is of another log");
      snapshot.policy_version = policy->policy.version;
    }
    snapshot.named.insert(snapshot.named.end(), refs->begin(), refs->end());
    values.push_back(*row);
  }
  const auto place = [](const RecordRef& ref) { return std::pair(ref.index, ref.hash); };
  std::ranges::sort(snapshot.named, {}, place);
  const auto twice = std::ranges::unique(snapshot.named);
  snapshot.named.erase(twice.begin(), twice.end());
  return {};
}

/// Reads the rows of the records, one for each that the values name, and the end of the file.
/// Errors: those of `ReadValues`.
Result<void> ReadRecords(Input& input, OpenSnapshot& snapshot) {
  const std::uint64_t count = snapshot.header.records;
  if (snapshot.named.size() > count)
    return ForgedSnapshot("a record is missing that the state names");
  if (snapshot.named.size() < count)
    return ForgedSnapshot("it has records that the state does not name");
  snapshot.records.reserve(count);
  for (const RecordRef& ref : snapshot.named) {
    const auto row = input.TakeRow();
    if (!row) return input.CutShort();
    if (!Equal(row->key, EntryKey(Index{ref.index})))
      return ForgedSnapshot("a record is not one that the state names");
    snapshot.records.push_back(*row);
  }
  if (!input.AtEnd()) return ForgedSnapshot("something stands behind its end");
  return {};
}

/// Reads the header and checks it against the trust.
Result<void> ReadHeader(Input& input, OpenSnapshot& snapshot, const TrustFile& file,
                        sys_seconds now) {
  const auto size = input.TakeNumber(8);
  const auto bytes = size && *size <= kMaxSnapshotHeader ? input.Take(*size) : std::nullopt;
  if (!bytes) return input.CutShort();
  auto header = DecodeFields<SnapshotHeader>(*bytes);
  if (!header) return input.CutShort();
  if (header->format != kSnapshotFormat) {
    return Error{Errc::kUnsupported, input.path().string() + " has the format '" +
                                         header->format.substr(0, 40) + "', this program's is '" +
                                         std::string(kSnapshotFormat) + "'"};
  }
  Chain chain = ChainFrom(file, *header, now);
  auto opened = chain.end.trust.Open(header->note, now);
  if (!opened) return opened.error();
  const Checkpoint& checkpoint = opened->checkpoint;
  if (checkpoint.size.value == 0) return ForgedSnapshot("its log is empty");
  const Index last{checkpoint.size.value - 1};
  const auto included = VerifyInclusion(HashLeaf(header->state_root), last, checkpoint.size,
                                        checkpoint.root, header->inclusion);
  if (!included) return included;
  const auto state_root = ParseStateRoot(header->state_root);
  if (!state_root || state_root->root.size != last.value)
    return ForgedSnapshot("it has no state root");
  auto edge = CheckEdge(*header, checkpoint);
  if (!edge) return edge.error();
  if (chain.end.size > checkpoint.size || (chain.end.log && *chain.end.log != state_root->log))
    return ForgedSnapshot("its policy proofs are of another log");
  snapshot.policies = std::move(chain.proofs);
  const auto note = ParseNote(header->note);
  if (!note) return note.error();
  header->note = WriteNote(VerifiedLines(*note, {chain.end.trust}));
  snapshot.header = *std::move(header);
  snapshot.checkpoint = *std::move(opened);
  snapshot.state_root = *state_root;
  snapshot.edge = *std::move(edge);
  return {};
}

}  // namespace

Result<OpenSnapshot> ReadSnapshot(const fs::path& path, const TrustFile& trust, sys_seconds now) {
  auto input = Input::Open(path);
  if (!input) return input.error();
  OpenSnapshot snapshot;
  snapshot.file = input->data();
  Result<void> read = ReadHeader(*input, snapshot, trust, now);
  if (read) read = ReadValues(*input, snapshot);
  if (read) read = ReadRecords(*input, snapshot);
  if (!read) return read.error();
  return snapshot;
}

}  // namespace cityid

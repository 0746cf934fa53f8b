// Restoring a snapshot: everything in it is checked against the quorum, then written.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "codec/file.h"
#include "ledger/proof/proof.h"
#include "ledger/store/snapshot.h"
#include "ledger/store/snapshot_file.h"
#include "ledger/store/tables.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

Error Forged(const std::string& what) { return Error{Errc::kForged, "snapshot: " + what}; }

struct Unmap {
  std::size_t size = 0;
  void operator()(std::uint8_t* data) const { ::munmap(data, size); }
};

/// A file in memory as far as it is read.
class Input {
 public:
  static Result<Input> Open(const fs::path& path) {
    Input input;
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) return SystemError("open", path);
    input.size_ = static_cast<std::size_t>(info.st_size);
    if (input.size_ == 0) return Error{Errc::kMalformed, path.string() + " is empty"};
    void* data = ::mmap(nullptr, input.size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (data == MAP_FAILED) return SystemError("read", path);
    ::madvise(data, input.size_, MADV_SEQUENTIAL);
    input.data_.reset(static_cast<std::uint8_t*>(data));
    input.data_.get_deleter().size = input.size_;
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
  struct Row {
    ByteView key, value;
  };
  std::optional<Row> TakeRow() {
    const auto key_size = TakeNumber(2);
    const auto value_size = key_size ? TakeNumber(4) : std::nullopt;
    const auto key = value_size ? Take(*key_size) : std::nullopt;
    const auto value = key ? Take(*value_size) : std::nullopt;
    if (!value) return std::nullopt;
    return Row{*key, *value};
  }
  std::uint64_t left() const { return size_ - position_; }
  bool AtEnd() const { return position_ == size_; }

 private:
  std::unique_ptr<std::uint8_t[], Unmap> data_;
  std::size_t size_ = 0;
  std::size_t position_ = 0;
};

/// The tree's right edge leads to the root, and each full tile in it to the hash above it.
Result<MemoryTiles> CheckEdge(const SnapshotHeader& header, const Checkpoint& checkpoint) {
  MemoryTiles edge;
  for (const EdgeTile& tile : header.edge) {
    if (tile.level > 7) return Forged("its right edge has other tiles");
    if (const auto put =
            edge.PutTile({static_cast<std::uint8_t>(tile.level), tile.number}, tile.hashes);
        !put)
      return put.error();
  }
  const auto wanted = EdgeTiles(checkpoint.size);
  if (edge.tiles().size() != wanted.size() || header.edge.size() != wanted.size())
    return Forged("its right edge has other tiles");
  const auto width_of = [&](const TileId& id) {
    return (checkpoint.size.value >> (8 * id.level)) - id.number * kTileWidth;
  };
  for (const TileId& id : wanted) {
    const auto tile = edge.tiles().find(id);
    if (tile == edge.tiles().end() || tile->second.size() != width_of(id) * NodeHash::kSize)
      return Forged("its right edge has other tiles");
  }
  for (const TileId& id : wanted) {
    if (width_of(id) < kTileWidth) continue;
    const auto tile = edge.tiles().find(id);
    MemoryTiles alone;
    std::vector<LeafHash> hashes;
    for (std::size_t i = 0; i < kTileWidth; ++i)
      hashes.push_back(
          *LeafHash::From(ByteView(tile->second).subspan(i * NodeHash::kSize, NodeHash::kSize)));
    if (const auto appended = AppendLeaves(alone, TreeSize{0}, hashes); !appended)
      return appended.error();
    const auto folded = RootOf(alone, TreeSize{kTileWidth});
    const auto above =
        edge.tiles().find({static_cast<std::uint8_t>(id.level + 1), id.number / kTileWidth});
    if (!folded) return folded.error();
    if (above == edge.tiles().end() ||
        !Equal(ByteView(above->second).last(NodeHash::kSize), folded->view()))
      return Forged("a tile of its right edge is wrong");
  }
  const auto root = RootOf(edge, checkpoint.size);
  if (!root) return Forged("its right edge is incomplete");
  if (*root != checkpoint.root) return Forged("its right edge leads to another root");
  return edge;
}

/// Of the policy proofs those that lead on from the trust that the reader has; the others say
/// nothing that it could check.
std::vector<StoredProof> ChainFrom(Trust trust, const SnapshotHeader& header, const RecordHash& log,
                                   TreeSize size, sys_seconds now) {
  std::vector<StoredProof> chain;
  for (const StoredProof& policy : header.policies) {
    const auto claimed = ClaimedPolicy(policy.proof);
    if (!claimed || claimed->policy.version != policy.version) continue;
    const auto proven = ProvenState::Open(policy.proof, trust, now);
    if (!proven || claimed->log != log || proven->head().size > size) continue;
    Trust next = Trust::Of(claimed->origin, claimed->policy);
    if (!ProvenState::Open(policy.proof, next, now)) continue;
    trust = std::move(next);
    chain.push_back(policy);
  }
  return chain;
}

/// Puts rows into a database in steps.
class BulkWriter {
 public:
  explicit BulkWriter(Lmdb& db) : db_(db) {}
  Result<void> Put(Table table, ByteView key, ByteView value) {
    return Write([&](WriteTransaction& to) { return to.Put(table, key, value); });
  }
  /// In ascending order of keys.
  Result<void> Append(Table table, ByteView key, ByteView value) {
    return Write([&](WriteTransaction& to) { return to.Append(table, key, value); });
  }
  Result<void> Flush() {
    if (!transaction_) return {};
    auto transaction = std::move(*transaction_);
    transaction_.reset();
    return std::move(transaction).Commit();
  }

 private:
  template <class PutRow>
  Result<void> Write(const PutRow& put_row) {
    if (!transaction_) {
      auto begun = db_.Write();
      if (!begun) return begun.error();
      transaction_.emplace(*std::move(begun));
    }
    if (const auto put = put_row(*transaction_); !put) return put;
    if (++rows_ % kSnapshotStep == 0) return Flush();
    return {};
  }

  Lmdb& db_;
  std::optional<WriteTransaction> transaction_;
  std::size_t rows_ = 0;
};

/// Nodes of a map that begins empty, on their way from the thread that hashes to the one that
/// writes. Bounded.
class NodeQueue : public MapSink {
 public:
  /// Nodes behind one another: the sizes of edge and node, and their bytes.
  struct Nodes {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes;
    Bytes bytes;
  };

  /// Nothing is read back: all of the tree is built at once.
  Result<std::optional<ByteView>> Node(ByteView) const override {
    return std::optional<ByteView>();
  }
  Result<void> PutNode(ByteView edge, ByteView node) override {
    open_.sizes.emplace_back(edge.size(), node.size());
    open_.bytes.insert(open_.bytes.end(), edge.begin(), edge.end());
    open_.bytes.insert(open_.bytes.end(), node.begin(), node.end());
    if (open_.sizes.size() == kNodes) Push();
    return {};
  }
  /// No more will come.
  void Finish() {
    Push();
    const std::scoped_lock lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  /// Nobody takes any more: whoever puts needs not wait.
  void Abandon() {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }
  /// The next ones; waits for them. Nothing at the end.
  std::optional<Nodes> Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return finished_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    Nodes nodes = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    return nodes;
  }

 private:
  static constexpr std::size_t kNodes = 4096;
  static constexpr std::size_t kWaiting = 16;
  void Push() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return abandoned_ || waiting_.size() < kWaiting; });
    waiting_.push_back(std::exchange(open_, {}));
    changed_.notify_all();
  }

  Nodes open_;  // the hashing thread's
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Nodes> waiting_;
  bool finished_ = false;
  bool abandoned_ = false;
};

/// Builds the map of these leaves and writes its nodes; returns its root.
Result<MapHash> BuildMap(BulkWriter& writer, std::vector<MapChange> leaves) {
  NodeQueue queue;
  auto root = std::async(std::launch::async, [&] {
    const std::shared_ptr<NodeQueue> finish(&queue, [](NodeQueue* nodes) { nodes->Finish(); });
    return UpdateMap(queue, EmptyMap(), std::move(leaves));
  });
  const std::shared_ptr<NodeQueue> abandon(&queue, [](NodeQueue* nodes) { nodes->Abandon(); });
  Result<void> written;
  while (const auto nodes = queue.Take()) {
    ByteView rest(nodes->bytes);
    for (const auto& [edge, node] : nodes->sizes) {
      // Taken to the end also after an error, so that the other thread ends.
      if (written) written = writer.Put(Table::kMap, rest.first(edge), rest.subspan(edge, node));
      rest = rest.subspan(edge + node);
    }
  }
  auto made = root.get();
  if (!written) return written.error();
  return made;
}

/// The rows of a file that have the shape and the order that they must have.
struct Rows {
  std::vector<Input::Row> values, records;
  std::vector<RecordRef> named;  ///< by the values, in order, each once: one for each record
};

/// Errors: kMalformed if it is cut short; kForged.
Result<Rows> ReadRows(Input& input, const SnapshotHeader& header, const RecordHash& log) {
  constexpr std::uint64_t kLeast = 6;  // bytes of a row
  constexpr std::size_t kMostKey = 511;
  const Error malformed{Errc::kMalformed, "cut short"};
  Rows rows;
  rows.values.reserve(std::min(header.values, input.left() / kLeast));
  for (std::uint64_t i = 0; i < header.values; ++i) {
    const auto row = input.TakeRow();
    if (!row) return malformed;
    if (row->key.empty() || row->key.size() > kMostKey) return Forged("a key has a wrong length");
    if (i > 0 && !std::ranges::lexicographical_compare(rows.values.back().key, row->key))
      return Forged("its values are out of order");
    const auto refs = RecordsOf(row->key, row->value);
    if (!refs) return Forged("a value can't be read");
    if (Equal(row->key, PolicyKey())) {
      const auto policy = DecodeFields<PolicyState>(row->value);
      if (!policy || policy->log != log) return Forged("its policy is of another log");
    }
    rows.named.insert(rows.named.end(), refs->begin(), refs->end());
    rows.values.push_back(*row);
  }
  const auto place = [](const RecordRef& ref) { return std::pair(ref.index, ref.hash); };
  std::ranges::sort(rows.named, {}, place);
  const auto twice = std::ranges::unique(rows.named);
  rows.named.erase(twice.begin(), twice.end());
  if (rows.named.size() > header.records) return Forged("a record is missing that the state names");
  if (rows.named.size() < header.records)
    return Forged("it has records that the state does not name");
  rows.records.reserve(std::min(header.records, input.left() / kLeast));
  for (std::uint64_t i = 0; i < header.records; ++i) {
    const auto row = input.TakeRow();
    if (!row) return malformed;
    if (!Equal(row->key, EntryKey(Index{rows.named[i].index})))
      return Forged("a record is not one that the state names");
    rows.records.push_back(*row);
  }
  if (!input.AtEnd()) return Forged("something stands behind its end");
  return rows;
}

bool AreNamed(const Rows& rows) {
  for (std::size_t i = 0; i < rows.records.size(); ++i) {
    if (HashRecord(rows.records[i].value) != rows.named[i].hash) return false;
  }
  return true;
}

std::vector<MapChange> HashLeaves(const std::vector<Input::Row>& values) {
  std::vector<MapChange> leaves(values.size());
  const auto hash = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      leaves[i] = {Bytes(values[i].key.begin(), values[i].key.end()),
                   HashMapLeaf(values[i].key, values[i].value)};
    }
  };
  auto other = std::async(std::launch::async, hash, values.size() / 2, values.size());
  hash(0, values.size() / 2);
  other.get();
  return leaves;
}

}  // namespace

Result<void> RestoreSnapshot(const fs::path& path, const fs::path& directory, const Trust& trust,
                             sys_seconds now, const SnapshotProgress& progress) {
  auto input = Input::Open(path);
  if (!input) return input.error();
  const Error malformed{Errc::kMalformed, path.string() + " is no snapshot, or cut short"};
  const auto header_size = input->TakeNumber(8);
  const auto header_bytes =
      header_size && *header_size <= kMaxSnapshotHeader ? input->Take(*header_size) : std::nullopt;
  if (!header_bytes) return malformed;
  const auto header = DecodeFields<SnapshotHeader>(*header_bytes);
  if (!header) return malformed;
  if (header->format != kSnapshotFormat) {
    return Error{Errc::kUnsupported, path.string() + " has the format '" +
                                         header->format.substr(0, 40) + "', this program's is '" +
                                         std::string(kSnapshotFormat) + "'"};
  }
  const auto opened = trust.Open(header->note, now);
  if (!opened) return opened.error();
  const Checkpoint& checkpoint = opened->checkpoint;
  if (checkpoint.size.value == 0) return Forged("its log is empty");
  const Index last{checkpoint.size.value - 1};
  const auto included = VerifyInclusion(HashLeaf(header->state_root), last, checkpoint.size,
                                        checkpoint.root, header->inclusion);
  if (!included) return included;
  const auto claimed = ParseStateRoot(header->state_root);
  if (!claimed || claimed->root.size != last.value) return Forged("it has no state root");
  const auto edge = CheckEdge(*header, checkpoint);
  if (!edge) return edge.error();

  auto rows = ReadRows(*input, *header, claimed->log);
  if (!rows) return rows.error().code == Errc::kMalformed ? malformed : rows.error();

  return Replica::Found(directory, [&](Lmdb& db) -> Result<Head> {
    BulkWriter writer(db);
    const std::uint64_t total = 2 * header->values + header->records;
    std::uint64_t done = 0;
    const auto advance = [&](std::uint64_t count) {
      done += count;
      if (progress && done % kSnapshotStep < count) progress(done, total);
    };
    // One core hashes while the other writes.
    auto records = std::async(std::launch::async, [&] { return AreNamed(*rows); });
    for (const Input::Row& row : rows->values) {
      const auto put = writer.Append(Table::kState, row.key, row.value);
      if (!put) return put.error();
      advance(1);
    }
    // Every value is hashed into a map of its own.
    const auto map = BuildMap(writer, HashLeaves(rows->values));
    if (!map) return map.error();
    if (*map != claimed->root.root) return Forged("its state is not the one that was cosigned");
    advance(header->values);
    if (!records.get()) return Forged("a record is not one that the state names");
    for (const Input::Row& row : rows->records) {
      const auto put = writer.Append(Table::kEntries, row.key, row.value);
      if (!put) return put.error();
      advance(1);
    }

    const auto put = writer.Put(Table::kEntries, EntryKey(last), header->state_root);
    if (!put) return put.error();
    for (const auto& [id, hashes] : edge->tiles()) {
      if (const auto stored = writer.Put(Table::kTiles, TileKey(id), hashes); !stored)
        return stored.error();
    }
    for (const StoredProof& policy :
         ChainFrom(trust, *header, claimed->log, checkpoint.size, now)) {
      const auto stored = writer.Put(Table::kPolicies, NumberKey(policy.version), policy.proof);
      if (!stored) return stored.error();
    }
    const auto note =
        writer.Put(Table::kCheckpoints, NumberKey(checkpoint.size.value), AsBytes(header->note));
    if (!note) return note.error();
    if (const auto flushed = writer.Flush(); !flushed) return flushed.error();
    return Head{checkpoint.size,
                checkpoint.root,
                *map,
                sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(claimed->root.time))),
                opened->time,
                false,
                checkpoint.size};
  });
}

}  // namespace cityid

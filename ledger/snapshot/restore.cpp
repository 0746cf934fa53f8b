// Restoring a snapshot: checks it against the quorum, and fills an empty database with it.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "codec/time_text.h"
#include "ledger/snapshot/snapshot.h"
#include "ledger/snapshot/snapshot_reader.h"
#include "ledger/store/create.h"
#include "ledger/store/tables.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

/// Writes rows, some ten thousand in a transaction. Errors of all calls: kStopped once `stop` is
/// requested; those of the database.
class BulkWriter {
 public:
  BulkWriter(Lmdb& db, std::stop_token stop) : db_(db), stop_(std::move(stop)) {}
  Result<void> Put(Table table, ByteView key, ByteView value) {
    return Write([&](WriteTransaction& rows) { return rows.Put(table, key, value); });
  }
  /// Adds a row after all others of the table.
  Result<void> Append(Table table, ByteView key, ByteView value) {
    return Write([&](WriteTransaction& rows) { return rows.Append(table, key, value); });
  }
  /// Commits the rows that are not committed yet.
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
    if (stop_.stop_requested()) return Error{Errc::kStopped, "stopped; nothing was restored"};
    return ++rows_ % kSnapshotStep == 0 ? Flush() : Result<void>();
  }

  Lmdb& db_;
  std::stop_token stop_;
  std::optional<WriteTransaction> transaction_;
  std::size_t rows_ = 0;
};

/// A bounded queue of the nodes of a new map, from the thread that hashes to the thread that
/// writes.
class NodeQueue : public MapSink {
 public:
  /// Many nodes: the sizes of edge and node, and the bytes of all.
  struct Nodes {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes;
    Bytes bytes;
  };

  /// All of the tree is built at once, so nothing is read back.
  Result<std::optional<ByteView>> Node(ByteView) const override {
    return std::optional<ByteView>();
  }
  Result<void> PutNode(ByteView edge, ByteView node) override {
    open_.sizes.emplace_back(edge.size(), node.size());
    Append(open_.bytes, edge);
    Append(open_.bytes, node);
    if (open_.sizes.size() == kNodes) Push();
    return {};
  }
  /// Says that no more nodes will come.
  void Finish() {
    Push();
    const std::scoped_lock lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  /// Says that nobody takes nodes any more, so that putting doesn't wait.
  void Abandon() {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }
  /// Waits for the next nodes and returns them; nothing at the end.
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

  Nodes open_;  // only for the thread that hashes
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Nodes> waiting_;
  bool finished_ = false;
  bool abandoned_ = false;
};

/// Builds the map of these leaves on one core, writes its nodes on another, and returns its root.
/// Errors: those of the database.
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
      // After an error the queue is still emptied, so that the other thread ends.
      if (written) written = writer.Put(Table::kMap, rest.first(edge), rest.subspan(edge, node));
      rest = rest.subspan(edge + node);
    }
  }
  auto made = root.get();
  if (!written) return written.error();
  return made;
}

bool AreNamed(const OpenSnapshot& snapshot) {
  return std::ranges::equal(
      snapshot.records, snapshot.named, {},
      [](const SnapshotRow& row) { return HashRecord(row.value); }, &RecordRef::hash);
}

std::vector<MapChange> HashLeaves(const std::vector<SnapshotRow>& values) {
  std::vector<MapChange> leaves(values.size());
  const auto hash = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      leaves[i] = {ToBytes(values[i].key), HashMapLeaf(values[i].key, values[i].value)};
    }
  };
  auto other = std::async(std::launch::async, hash, values.size() / 2, values.size());
  hash(0, values.size() / 2);
  other.get();
  return leaves;
}

/// Counts rows and reports the progress.
class RowCounter {
 public:
  RowCounter(const SnapshotProgress& progress, std::uint64_t total)
      : progress_(progress), total_(total) {}
  void Advance(std::uint64_t count) {
    done_ += count;
    if (progress_ && done_ % kSnapshotStep < count) progress_(done_, total_);
  }

 private:
  const SnapshotProgress& progress_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
};

Result<void> AppendRows(BulkWriter& writer, Table table, const std::vector<SnapshotRow>& rows,
                        RowCounter& counter) {
  for (const SnapshotRow& row : rows) {
    if (const auto put = writer.Append(table, row.key, row.value); !put) return put;
    counter.Advance(1);
  }
  return {};
}

/// Writes everything but state, map and records.
Result<void> WriteRest(BulkWriter& writer, const OpenSnapshot& snapshot, const TrustFile& trust) {
  const TreeSize size = snapshot.checkpoint.checkpoint.size;
  const Index last{size.value - 1};
  const auto root = writer.Put(Table::kEntries, EntryKey(last), snapshot.header.state_root);
  if (!root) return root;
  for (const auto& [id, hashes] : snapshot.edge.tiles()) {
    if (const auto put = writer.Put(Table::kTiles, TileKey(id), hashes); !put) return put;
  }
  for (const StoredProof& policy : snapshot.policies) {
    const auto put = writer.Put(Table::kPolicies, NumberKey(policy.version), policy.proof);
    if (!put) return put;
  }
  const ByteView note = AsBytes(snapshot.header.note);
  if (const auto put = writer.Put(Table::kCheckpoints, NumberKey(size.value), note); !put)
    return put;
  // What is older than the trust file has to reach it first.
  if (!trust.IsReachedBy(snapshot.policy_version, snapshot.checkpoint.time)) {
    const std::string text = trust.text();
    if (const auto put = writer.Put(Table::kMeta, kTrustKey, AsBytes(text)); !put) return put;
  }
  return writer.Flush();
}

Result<Head> FillTables(Lmdb& db, const OpenSnapshot& snapshot, const TrustFile& trust,
                        const RestoreOptions& options) {
  const SnapshotHeader& header = snapshot.header;
  const StateRoot& state_root = snapshot.state_root.root;
  BulkWriter writer(db, options.stop);
  RowCounter counter(options.progress, 2 * header.values + header.records);
  // One core hashes while the other writes.
  auto named = std::async(std::launch::async, [&] { return AreNamed(snapshot); });
  const auto values = AppendRows(writer, Table::kState, snapshot.values, counter);
  if (!values) return values.error();
  const auto map = BuildMap(writer, HashLeaves(snapshot.values));
  if (!map) return map.error();
  if (*map != state_root.root) return ForgedSnapshot("its state is not the one that was cosigned");
  counter.Advance(header.values);
  if (!named.get()) return ForgedSnapshot("a record is not one that the state names");
  const auto records = AppendRows(writer, Table::kEntries, snapshot.records, counter);
  if (!records) return records.error();
  if (const auto rest = WriteRest(writer, snapshot, trust); !rest) return rest.error();
  const Checkpoint& checkpoint = snapshot.checkpoint.checkpoint;
  return Head{checkpoint.size,          checkpoint.root, *map,           TimeOf(state_root.time),
              snapshot.checkpoint.time, false,           checkpoint.size};
}

}  // namespace

Result<void> RestoreSnapshot(const fs::path& path, const fs::path& directory,
                             const TrustFile& trust, sys_seconds now,
                             const RestoreOptions& options) {
  const auto snapshot = ReadSnapshot(path, trust, now);
  if (!snapshot) return snapshot.error();
  return CreateLedger(
      directory, [&](Lmdb& db) { return FillTables(db, *snapshot, trust, options); },
      options.map_size);
}

}  // namespace cityid

// Restoring a snapshot: checks it against the quorum, and writes it.
#include <algorithm>
#include <future>

#include "ledger/snapshot/bulk_writer.h"
#include "ledger/snapshot/snapshot.h"
#include "ledger/snapshot/snapshot_reader.h"
#include "ledger/store/create.h"
#include "ledger/store/tables.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

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
  return Head{checkpoint.size,
              checkpoint.root,
              *map,
              sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(state_root.time))),
              snapshot.checkpoint.time,
              false,
              checkpoint.size};
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

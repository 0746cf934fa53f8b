#include "ledger/replica.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "ledger/apply.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

const ByteView kFormatKey = AsBytes("format");
const ByteView kHeadKey = AsBytes("head");

/// The head as the meta table keeps it.
struct StoredHead {
  std::uint64_t size = 0;
  RootHash root;
  std::int64_t time = 0;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "size", s.size);
    f(2, "root", s.root);
    f(3, "time", s.time);
  }
};

void AppendBig64(Bytes& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes EntryKey(Index index) {
  Bytes key;
  AppendBig64(key, index.value);
  return key;
}

Bytes TileKey(TileId id) {
  Bytes key = {id.level};
  AppendBig64(key, id.number);
  return key;
}

Result<Head> ReadHead(const ReadTransaction& transaction) {
  const auto value = transaction.Get(Table::kMeta, kHeadKey);
  if (!value) return value.error();
  if (!*value) return Error{Errc::kCorrupt, "ledger: it has no head"};
  const auto stored = DecodeFields<StoredHead>(**value);
  if (!stored) return Error{Errc::kCorrupt, "ledger: head: " + stored.error().detail};
  return Head{TreeSize{stored->size}, stored->root,
              sys_seconds(std::chrono::seconds(stored->time))};
}

constexpr std::initializer_list<Table> kLedgerTables = {
    Table::kMeta, Table::kEntries, Table::kTiles, Table::kState, Table::kDrafts};

Result<ByteView> ReadEntry(const ReadTransaction& transaction, Index index) {
  const auto entry = transaction.Get(Table::kEntries, EntryKey(index));
  if (!entry) return entry.error();
  if (!*entry) {
    return Error{Errc::kCorrupt, "ledger: entry " + std::to_string(index.value) + " is missing"};
  }
  return **entry;
}

/// The state and tiles inside a write transaction: each record sees what the ones before it did.
class Batch : public State, public TileSink {
 public:
  explicit Batch(WriteTransaction& transaction) : transaction_(transaction) {}

  Result<std::optional<ByteView>> Get(ByteView key) const override {
    return transaction_.Get(Table::kState, key);
  }
  Result<ByteView> Entry(Index index) const override { return ReadEntry(transaction_, index); }
  Result<std::optional<ByteView>> Tile(TileId id) const override {
    return transaction_.Get(Table::kTiles, TileKey(id));
  }
  Result<void> PutTile(TileId id, ByteView hashes) override {
    return transaction_.Put(Table::kTiles, TileKey(id), hashes);
  }

  /// Applies one entry. A refusal is the inner error; trouble is the outer one.
  Result<std::optional<Error>> ApplyEntry(ByteView entry, Index index, sys_seconds time) {
    const auto verified = VerifyRecord(entry);
    if (!verified) return std::optional(verified.error());
    const auto change = Apply(*this, *verified, index, time);
    if (!change) {
      const Errc code = change.error().code;
      if (code == Errc::kRefused || code == Errc::kUnsupported)
        return std::optional(change.error());
      return change.error();
    }
    for (const StateWrite& write : change->writes) {
      if (const auto put = transaction_.Put(Table::kState, write.key, write.value); !put)
        return put.error();
    }
    // Only a record that changed something is found again by its draft.
    const Bytes place = EntryKey(index);
    const auto put = transaction_.Put(Table::kDrafts, verified->draft_id().view(), place);
    if (!put) return put.error();
    return std::optional<Error>();
  }

 private:
  WriteTransaction& transaction_;
};

Result<std::vector<Sequenced>> AppendBatch(WriteTransaction& transaction, Head head,
                                           const std::vector<Bytes>& entries, sys_seconds now,
                                           Refused refused) {
  Batch batch(transaction);
  std::vector<Sequenced> outcomes;
  std::vector<LeafHash> leaves;
  std::uint64_t size = head.size.value;
  for (const Bytes& entry : entries) {
    const Index index{size};
    auto refusal = batch.ApplyEntry(entry, index, head.time);
    if (!refusal) return refusal.error();
    if (*refusal && refused == Refused::kLeftOut) {
      outcomes.push_back({std::nullopt, *std::move(refusal)});
      continue;
    }
    if (const auto put = transaction.Put(Table::kEntries, EntryKey(index), entry); !put)
      return put.error();
    leaves.push_back(HashLeaf(entry));
    outcomes.push_back({index, *std::move(refusal)});
    ++size;
  }
  if (const auto appended = AppendLeaves(batch, head.size, leaves); !appended)
    return appended.error();
  const auto root = RootOf(batch, TreeSize{size});
  if (!root) return root.error();
  const StoredHead stored{size, *root, std::max(now, head.time).time_since_epoch().count()};
  if (const auto put = transaction.Put(Table::kMeta, kHeadKey, EncodeFields(stored)); !put)
    return put.error();
  return outcomes;
}

/// A ledger of one entry in a directory that may hold what an interrupted founding left.
Result<void> Found(const fs::path& directory, ByteView genesis, sys_seconds now) {
  std::error_code error;
  {
    const FileDescriptor lock(::open((directory / "writer.lock").c_str(), O_RDWR | O_CLOEXEC));
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return Error{Errc::kBusy, directory.string() + " is being founded by another process"};
    }
  }
  fs::remove_all(directory, error);
  auto db = Lmdb::Open(directory, Lmdb::Mode::kCreate, kLedgerTables);
  if (!db) return db.error();
  auto transaction = db->Write();
  if (!transaction) return transaction.error();
  const auto put = transaction->Put(Table::kMeta, kFormatKey, AsBytes(kLedgerFormat));
  if (!put) return put.error();
  const Head empty{TreeSize{0}, EmptyRoot(), now};
  const auto outcome = AppendBatch(*transaction, empty, {Bytes(genesis.begin(), genesis.end())},
                                   now, Refused::kLeftOut);
  if (!outcome) return outcome.error();
  if (const auto committed = std::move(*transaction).Commit(); !committed) return committed;
  return SyncParent(directory / "data.mdb");
}

}  // namespace

Result<std::optional<ByteView>> LedgerView::Get(ByteView key) const {
  return transaction_.Get(Table::kState, key);
}

Result<ByteView> LedgerView::Entry(Index index) const { return ReadEntry(transaction_, index); }

Result<std::optional<ByteView>> LedgerView::Tile(TileId id) const {
  return transaction_.Get(Table::kTiles, TileKey(id));
}

Result<std::optional<Index>> LedgerView::FindDraft(const DraftId& id) const {
  const auto place = transaction_.Get(Table::kDrafts, id.view());
  if (!place) return place.error();
  if (!*place) return std::optional<Index>();
  if ((*place)->size() != 8) return Error{Errc::kCorrupt, "ledger: place of a draft"};
  std::uint64_t index = 0;
  for (const std::uint8_t byte : **place) index = index << 8 | byte;
  return std::optional(Index{index});
}

Result<void> LedgerView::ScanIdentifiers(
    const std::function<bool(const CityId&, const IdentifierState&)>& visit) const {
  std::optional<Error> error;
  const auto scanned =
      transaction_.Scan(Table::kState, AsBytes("I"), [&](ByteView key, ByteView value) {
        if (key.empty() || key[0] != 'I') return false;
        const auto id = CityId::Parse(AsText(key.subspan(2)));
        const auto state = DecodeFields<IdentifierState>(value);
        if (!id || !state) {
          error = Error{Errc::kCorrupt,
                        "ledger: identifier: " + (id ? state.error() : id.error()).detail};
          return false;
        }
        return visit(*id, *state);
      });
  if (!scanned) return scanned;
  if (error) return *error;
  return {};
}

Result<Replica> Replica::Create(const fs::path& named, ByteView genesis, sys_seconds now) {
  const fs::path directory = named.has_filename() ? named : named.parent_path();
  // Judged before the disk is touched.
  const auto verified = VerifyRecord(genesis);
  if (!verified) return verified.error().In("genesis");
  const auto change = Apply(MemoryState(), *verified, Index{0}, now);
  if (!change) return change.error().In("genesis");

  std::error_code error;
  if (fs::exists(directory / "data.mdb", error)) {
    return Error{Errc::kRefused, directory.string() + " holds a ledger already"};
  }
  // Founded beside, then renamed: a machine that stops leaves a whole ledger or none.
  fs::path founding = directory;
  founding += ".founding";
  if (const auto found = Found(founding, genesis, now); !found) return found.error();
  fs::rename(founding, directory, error);
  if (error) {
    return Error{Errc::kIo, "cannot found " + directory.string() + ": " + error.message()};
  }
  if (const auto synced = SyncParent(directory); !synced) return synced.error();
  return Open(directory, Lmdb::Mode::kWrite);
}

Result<Replica> Replica::Open(const fs::path& directory, Lmdb::Mode mode, std::size_t map_size) {
  auto opened = Lmdb::Open(directory, mode, kLedgerTables, map_size);
  if (!opened) return opened.error();
  Replica replica(std::make_unique<Lmdb>(*std::move(opened)));
  const auto transaction = replica.db_->Read();
  if (!transaction) return transaction.error();
  const auto format = transaction->Get(Table::kMeta, kFormatKey);
  if (!format) return format.error();
  if (!*format || !Equal(**format, AsBytes(kLedgerFormat))) {
    const std::string found = *format ? std::string(AsText(**format)) : std::string("none");
    return Error{Errc::kFormat, directory.string() + " has the format '" + found.substr(0, 80) +
                                    "', this program's is '" + std::string(kLedgerFormat) +
                                    "'; make the directory anew, or use the program that wrote it"};
  }
  if (const auto head = ReadHead(*transaction); !head) return head.error();
  return replica;
}

Result<LedgerView> Replica::Read() const {
  auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  const auto head = ReadHead(*transaction);
  if (!head) return head.error();
  return LedgerView(*std::move(transaction), *head);
}

Result<std::vector<Sequenced>> Replica::Append(const std::vector<Bytes>& entries, sys_seconds now,
                                               Refused refused) {
  // A confirmation comes now and then: the time to free the slots of readers that were killed.
  if (entries.empty()) db_->DropDeadReaders();
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const auto head = ReadHead(*transaction);
  if (!head) return head.error();
  auto outcomes = AppendBatch(*transaction, *head, entries, now, refused);
  if (!outcomes) return outcomes;
  if (const auto committed = std::move(*transaction).Commit(); !committed) return committed.error();
  return outcomes;
}

}  // namespace cityid

#include "ledger/store/replica.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "ledger/find/finding.h"
#include "ledger/state/apply.h"
#include "ledger/store/batch.h"
#include "ledger/store/tables.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::sys_seconds;

const ByteView kFormatKey = AsBytes("format");
const ByteView kHeadKey = AsBytes("head");
const ByteView kPendingKey = AsBytes("pending");
const ByteView kEvidenceKey = AsBytes("evidence");
const ByteView kTrustKey = AsBytes("trust");
const ByteView kUnindexedKey = AsBytes("unindexed");

/// A staged batch as the meta table keeps it.
struct StoredBatch {
  std::vector<Bytes> entries;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "entries", s.entries);
  }
};

/// The head as the meta table keeps it.
struct StoredHead {
  std::uint64_t size = 0;
  RootHash root;
  MapHash map;
  std::int64_t rules_time = 0;
  std::int64_t time = 0;
  std::uint64_t base = 0;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "size", s.size);
    f(2, "root", s.root);
    f(3, "map", s.map);
    f(4, "rules_time", s.rules_time);
    f(5, "time", s.time);
    f(6, "base", s.base);
  }
};

Bytes EncodeHead(const Head& head) {
  return EncodeFields(StoredHead{head.size.value, head.root, head.map,
                                 head.rules_time.time_since_epoch().count(),
                                 head.time.time_since_epoch().count(), head.base.value});
}

Head EmptyHead() { return Head{TreeSize{0}, EmptyRoot(), EmptyMap(), {}, {}, false, {}}; }

Result<Head> ReadHead(const ReadTransaction& transaction) {
  const auto value = transaction.Get(Table::kMeta, kHeadKey);
  if (!value) return value.error();
  if (!*value) return Error{Errc::kCorrupt, "ledger: it has no head"};
  const auto stored = DecodeFields<StoredHead>(**value);
  if (!stored) return Error{Errc::kCorrupt, "ledger: head: " + stored.error().detail};
  const auto evidence = transaction.Get(Table::kMeta, kEvidenceKey);
  if (!evidence) return evidence.error();
  bool frozen = false;
  if (*evidence) {
    const auto decoded = DecodeFields<Evidence>(**evidence);
    if (!decoded) return CorruptValue("evidence", decoded.error());
    frozen = decoded->frozen;
  }
  return Head{TreeSize{stored->size},
              stored->root,
              stored->map,
              sys_seconds(seconds(stored->rules_time)),
              sys_seconds(seconds(stored->time)),
              frozen,
              TreeSize{stored->base}};
}

constexpr std::initializer_list<Table> kLedgerTables = {
    Table::kMeta,   Table::kEntries,     Table::kTiles,    Table::kState, Table::kMap,
    Table::kDrafts, Table::kCheckpoints, Table::kPolicies, Table::kTerms, Table::kHistory};

Result<void> CheckFormat(const fs::path& directory) {
  const auto db = Lmdb::Open(directory, Lmdb::Mode::kRead, {Table::kMeta});
  if (!db) return db.error();
  const auto transaction = db->Read();
  if (!transaction) return transaction.error();
  const auto format = transaction->Get(Table::kMeta, kFormatKey);
  if (!format) return format.error();
  if (*format && Equal(**format, AsBytes(kLedgerFormat))) return {};
  const std::string found = *format ? std::string(AsText(**format)) : std::string("none");
  return Error{Errc::kFormat, directory.string() + " has the format '" + found.substr(0, 80) +
                                  "', this program's is '" + std::string(kLedgerFormat) +
                                  "'; make the directory anew, or use the program that wrote it"};
}

/// Whether the head is what the tables end with: in a time that the length of the log barely
/// changes. The whole is checked by `VerifyReplica`.
Result<void> CheckHead(const LedgerView& view) {
  const Head& head = view.head();
  if (head.size.value == 0) return {};
  const auto root = RootOf(view, head.size);
  if (!root) return root.error();
  if (*root != head.root) return Error{Errc::kCorrupt, "ledger: the tree has another root"};
  const Index last{head.size.value - 1};
  const auto entry = view.Entry(last);
  if (!entry) return entry.error();
  const auto leaf = HashOfRange(view, last.value, head.size.value);
  if (!leaf) return leaf.error();
  if (!Equal(leaf->view(), HashLeaf(*entry).view())) {
    return Error{Errc::kCorrupt, "ledger: the last entry is not the one in the tree"};
  }
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  const auto state = ParseStateRoot(*entry);
  if (!*policy || !state || state->log != (*policy)->log || state->root.size != last.value ||
      state->root.root != head.map) {
    return Error{Errc::kCorrupt, "ledger: the map is not what the last state root says"};
  }
  const auto top = ReadNode(view, EdgeOf({}, 0));
  if (!top) return top.error();
  if (!*top) return Error{Errc::kCorrupt, "ledger: the map has no top"};
  if (!(*top)->leaf && HashMapNode((*top)->bit, (*top)->child[0], (*top)->child[1]) != head.map) {
    return Error{Errc::kCorrupt, "ledger: the map has another root"};
  }
  return {};
}

Result<void> WriteBatch(Lmdb& db, const Batch& batch, const std::optional<Publication>& publication,
                        sys_seconds time) {
  auto transaction = db.Write();
  if (!transaction) return transaction.error();
  if (const auto written = batch.Write(*transaction); !written) return written;
  Head head = batch.head();
  head.time = publication ? publication->time : time;
  if (const auto put = transaction->Put(Table::kMeta, kHeadKey, EncodeHead(head)); !put) return put;
  if (const auto done = transaction->Remove(Table::kMeta, kPendingKey); !done) return done;
  if (publication) {
    if (const auto done = transaction->Remove(Table::kMeta, kTrustKey); !done) return done;
    const Bytes key = NumberKey(head.size.value);
    const auto put = transaction->Put(Table::kCheckpoints, key, AsBytes(publication->note));
    if (!put) return put;
  }
  if (publication && publication->policy_proof) {
    const auto policy = FindPolicy(batch);
    if (!policy) return policy.error();
    const Bytes key = NumberKey((*policy)->policy.version);
    const auto put = transaction->Put(Table::kPolicies, key, *publication->policy_proof);
    if (!put) return put;
  }
  return std::move(*transaction).Commit();
}

Result<void> FillFounding(const fs::path& founding,
                          const std::function<Result<Head>(Lmdb&)>& fill) {
  auto db = Lmdb::Open(founding, Lmdb::Mode::kBulk, kLedgerTables);
  if (!db) return db.error();
  const auto head = fill(*db);
  if (!head) return head.error();
  auto transaction = db->Write();
  if (!transaction) return transaction.error();
  const auto format = transaction->Put(Table::kMeta, kFormatKey, AsBytes(kLedgerFormat));
  if (!format) return format;
  const auto put = transaction->Put(Table::kMeta, kHeadKey, EncodeHead(*head));
  if (!put) return put;
  if (head->base.value > 0) {
    const auto marked = transaction->Put(Table::kMeta, kUnindexedKey, {});
    if (!marked) return marked;
  }
  if (const auto committed = std::move(*transaction).Commit(); !committed) return committed;
  return db->Sync();
}

}  // namespace

Result<std::optional<ByteView>> LedgerView::Get(ByteView key) const {
  return transaction_.Get(Table::kState, key);
}

Result<ByteView> LedgerView::Entry(Index index) const {
  const auto entry = transaction_.Get(Table::kEntries, EntryKey(index));
  if (!entry) return entry.error();
  if (!*entry && index.value < head_.base.value) {
    return Error{Errc::kNotFound,
                 "this replica began with a snapshot of " + std::to_string(head_.base.value) +
                     " entries and does not hold entry " + std::to_string(index.value)};
  }
  if (!*entry) {
    return Error{Errc::kCorrupt, "ledger: entry " + std::to_string(index.value) + " is missing"};
  }
  return **entry;
}

Result<std::optional<ByteView>> LedgerView::Tile(TileId id) const {
  return transaction_.Get(Table::kTiles, TileKey(id));
}

Result<std::optional<ByteView>> LedgerView::Node(ByteView edge) const {
  return transaction_.Get(Table::kMap, edge);
}

Result<std::optional<std::string>> LedgerView::Note(TreeSize size) const {
  const auto note = transaction_.Get(Table::kCheckpoints, NumberKey(size.value));
  if (!note) return note.error();
  if (!*note) return std::optional<std::string>();
  return std::optional(std::string(AsText(**note)));
}

Result<std::optional<Evidence>> LedgerView::FindEvidence() const {
  const auto stored = transaction_.Get(Table::kMeta, kEvidenceKey);
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Evidence>();
  auto evidence = DecodeFields<Evidence>(**stored);
  if (!evidence) return CorruptValue("evidence", evidence.error());
  return std::optional(*std::move(evidence));
}

Result<std::optional<std::string>> LedgerView::TrustOfReplay() const {
  const auto stored = transaction_.Get(Table::kMeta, kTrustKey);
  if (!stored) return stored.error();
  if (!*stored) return std::optional<std::string>();
  return std::optional(std::string(AsText(**stored)));
}

Result<std::vector<Bytes>> LedgerView::Pending() const {
  const auto stored = transaction_.Get(Table::kMeta, kPendingKey);
  if (!stored) return stored.error();
  if (!*stored) return std::vector<Bytes>();
  auto batch = DecodeFields<StoredBatch>(**stored);
  if (!batch) return CorruptValue("pending batch", batch.error());
  return std::move(batch->entries);
}

Result<std::unique_ptr<Batch>> LedgerView::PendingBatch() const {
  const auto entries = Pending();
  if (!entries) return entries.error();
  auto batch = std::make_unique<Batch>(*this);
  const auto verified = VerifyRecords({entries->begin(), entries->end()});
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const auto added = batch->Add((*entries)[i], verified[i], Refused::kKept);
    if (!added) return CorruptValue("pending batch", added.error());
  }
  if (const auto hashed = batch->HashTree(); !hashed) return hashed.error();
  return batch;
}

Result<std::unique_ptr<Batch>> LedgerView::PendingLog() const {
  const auto entries = Pending();
  if (!entries) return entries.error();
  auto batch = std::make_unique<Batch>(*this);
  for (const Bytes& entry : *entries) batch->Push(entry);
  if (const auto hashed = batch->HashTree(); !hashed) return hashed.error();
  return batch;
}

Result<std::optional<Bytes>> LedgerView::PolicyProof(std::uint64_t version) const {
  const auto proof = transaction_.Get(Table::kPolicies, NumberKey(version));
  if (!proof) return proof.error();
  if (!*proof) return std::optional<Bytes>();
  return std::optional(Bytes((*proof)->begin(), (*proof)->end()));
}

Result<std::optional<Index>> LedgerView::FindDraft(const DraftId& id) const {
  const auto place = transaction_.Get(Table::kDrafts, id.view());
  if (!place) return place.error();
  if (!*place) return std::optional<Index>();
  if ((*place)->size() != 8) return Error{Errc::kCorrupt, "ledger: place of a draft"};
  return std::optional(ReadIndex(**place));
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

Result<Replica> Replica::Create(const fs::path& directory, ByteView genesis, sys_seconds now) {
  // Judged before the disk is touched.
  const auto verified = VerifyRecord(genesis);
  if (!verified) return verified.error().In("genesis");
  const auto change = Apply(MemoryState(), *verified, Index{0}, sys_seconds{});
  if (!change) return change.error().In("genesis");
  const auto founded = Found(directory, [&](Lmdb& db) -> Result<Head> {
    auto transaction = db.Read();
    if (!transaction) return transaction.error();
    const LedgerView view(*std::move(transaction), EmptyHead());
    Batch batch(view);
    const auto added = batch.Add(genesis, verified, Refused::kKept);
    if (!added) return added.error();
    if (const auto closed = batch.Close(now); !closed) return closed.error();
    if (const auto hashed = batch.HashTree(); !hashed) return hashed.error();
    if (const auto written = WriteBatch(db, batch, std::nullopt, now); !written)
      return written.error();
    Head head = batch.head();
    head.time = now;
    return head;
  });
  if (!founded) return founded.error();
  return Open(directory, Lmdb::Mode::kWrite);
}

Result<Replica> Replica::CreateEmpty(const fs::path& directory) {
  const auto founded = Found(directory, [](Lmdb&) { return Result<Head>(EmptyHead()); });
  if (!founded) return founded.error();
  return Open(directory, Lmdb::Mode::kWrite);
}

/// A database is filled beside its place, over what an interrupted founding left, and moved there
/// when it is whole and on disk: a machine that stops leaves a whole ledger or none.
Result<void> Replica::Found(const fs::path& named, const std::function<Result<Head>(Lmdb&)>& fill) {
  const fs::path directory = named.has_filename() ? named : named.parent_path();
  std::error_code error;
  if (fs::exists(directory / "data.mdb", error)) {
    return Error{Errc::kRefused, directory.string() + " holds a ledger already"};
  }
  fs::path founding = directory;
  founding += ".founding";
  {
    const FileDescriptor lock(::open((founding / "writer.lock").c_str(), O_RDWR | O_CLOEXEC));
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return Error{Errc::kBusy, founding.string() + " is being founded by another process"};
    }
  }
  fs::remove_all(founding, error);
  const auto filled = FillFounding(founding, fill);
  if (!filled) {
    fs::remove_all(founding, error);
    return filled;
  }
  if (const auto synced = SyncParent(founding / "data.mdb"); !synced) return synced;
  fs::rename(founding, directory, error);
  if (error) {
    return Error{Errc::kIo, "cannot found " + directory.string() + ": " + error.message()};
  }
  return SyncParent(directory);
}

Result<Replica> Replica::Open(const fs::path& directory, Lmdb::Mode mode, std::size_t map_size) {
  // An older format may lack tables: its name is read before they are looked for.
  if (const auto known = CheckFormat(directory); !known) return known.error();
  auto opened = Lmdb::Open(directory, mode, kLedgerTables, map_size);
  if (!opened) return opened.error();
  Replica replica(std::make_unique<Lmdb>(*std::move(opened)));
  const auto view = replica.Read();
  if (!view) return view.error();
  if (const auto checked = CheckHead(*view); !checked) return checked.error();
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
                                               Refused refused, const Publish& publish) {
  const std::scoped_lock lock(*writing_);
  // A confirmation comes now and then: the time to free the slots of readers that were killed.
  if (entries.empty()) db_->DropDeadReaders();
  if (entries.size() > kMaxBatch) {
    return Error{Errc::kUsage, "a batch has at most " + std::to_string(kMaxBatch) + " entries"};
  }
  const auto view = Read();
  if (!view) return view.error();
  Batch batch(*view);
  std::vector<Sequenced> outcomes;
  const auto verified = VerifyRecords({entries.begin(), entries.end()});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto outcome = batch.Add(entries[i], verified[i], refused);
    if (!outcome) return outcome.error();
    outcomes.push_back(*std::move(outcome));
  }
  if (const auto closed = batch.Close(now); !closed) return closed.error();
  if (const auto hashed = batch.HashTree(); !hashed) return hashed.error();
  std::optional<Publication> publication;
  if (publish) {
    auto published = publish(*view, batch);
    if (!published) return published.error();
    publication = *std::move(published);
  }
  const auto written = WriteBatch(*db_, batch, publication, std::max(now, view->head().time));
  if (!written) return written.error();
  return outcomes;
}

Result<bool> LedgerView::HasTerms() const {
  const auto unindexed = transaction_.Get(Table::kMeta, kUnindexedKey);
  if (!unindexed) return unindexed.error();
  return !*unindexed;
}

Result<void> Replica::IndexTerms(
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress) {
  constexpr std::size_t kStep = 65'536;  // identifiers in a transaction
  Bytes first = {'I'};
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  while (true) {
    const std::scoped_lock lock(*writing_);
    const auto view = Read();
    if (!view) return view.error();
    const auto has = view->HasTerms();
    if (!has) return has.error();
    if (*has) return {};
    if (done == 0) {
      const auto counted = view->ScanIdentifiers([&](const CityId&, const IdentifierState&) {
        ++total;
        return true;
      });
      if (!counted) return counted;
    }
    const auto step = ReadTerms(*view, first, kStep);
    if (!step) return step.error();
    auto transaction = db_->Write();
    if (!transaction) return transaction.error();
    for (const Bytes& key : step->rows) {
      if (const auto put = transaction->Put(Table::kTerms, key, {}); !put) return put;
    }
    if (!step->next) {
      if (const auto end = transaction->Remove(Table::kMeta, kUnindexedKey); !end) return end;
    }
    if (const auto committed = std::move(*transaction).Commit(); !committed) return committed;
    done += step->identifiers;
    if (progress) progress(done, total);
    if (!step->next) return {};
    first = *step->next;
  }
}

Result<void> Replica::Stage(const Batch& batch) {
  const std::scoped_lock lock(*writing_);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const Bytes stored = EncodeFields(StoredBatch{batch.entries()});
  if (const auto put = transaction->Put(Table::kMeta, kPendingKey, stored); !put) return put;
  return std::move(*transaction).Commit();
}

Result<void> Replica::KeepTrustOfReplay(const std::string& trust) {
  const std::scoped_lock lock(*writing_);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const auto old = transaction->Get(Table::kMeta, kTrustKey);
  if (!old) return old.error();
  if (*old) return {};
  if (const auto put = transaction->Put(Table::kMeta, kTrustKey, AsBytes(trust)); !put) return put;
  return std::move(*transaction).Commit();
}

Result<void> Replica::KeepPolicyProof(std::uint64_t version, ByteView proof) {
  const std::scoped_lock lock(*writing_);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const auto old = transaction->Get(Table::kPolicies, NumberKey(version));
  if (!old) return old.error();
  if (*old) return {};
  const auto put = transaction->Put(Table::kPolicies, NumberKey(version), proof);
  if (!put) return put;
  return std::move(*transaction).Commit();
}

Result<void> Replica::KeepEvidence(const Evidence& evidence) {
  const std::scoped_lock lock(*writing_);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const auto old = transaction->Get(Table::kMeta, kEvidenceKey);
  if (!old) return old.error();
  if (*old) return {};
  const auto put = transaction->Put(Table::kMeta, kEvidenceKey, EncodeFields(evidence));
  if (!put) return put;
  return std::move(*transaction).Commit();
}

Result<void> Replica::Commit(const Batch& batch, const std::optional<Publication>& publication,
                             sys_seconds time) {
  const std::scoped_lock lock(*writing_);
  return WriteBatch(*db_, batch, publication, time);
}

}  // namespace cityid

#include "ledger/store/replica.h"

#include <algorithm>

#include "ledger/proof/policy_chain.h"
#include "ledger/state/apply.h"
#include "ledger/store/create.h"
#include "ledger/store/lmdb.h"
#include "ledger/store/tables.h"
#include "ledger/store/term_index.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

Result<void> CheckFormat(const fs::path& directory, std::size_t map_size) {
  const auto db = Lmdb::Open(directory, Lmdb::Mode::kRead, {Table::kMeta}, map_size);
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

/// Checks the head against the ends of log, tree and map, in a time that barely grows with the log.
/// `VerifyLedger` checks everything.
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

/// Forgets the trust file that was to be reached, if this published head reaches it.
Result<void> ForgetTrustAhead(WriteTransaction& transaction, const Batch& batch, const Head& head) {
  const auto text = transaction.Get(Table::kMeta, kTrustKey);
  if (!text) return text.error();
  if (!*text) return {};
  const auto file = TrustFile::Parse(AsText(**text));
  if (!file) return Error{Errc::kCorrupt, "ledger: the trust file that it has to reach"};
  const auto version = PolicyVersion(batch);
  if (!version) return version.error();
  if (!file->IsReachedBy(*version, head.time)) return {};
  return transaction.Remove(Table::kMeta, kTrustKey);
}

Result<void> WriteBatch(Lmdb& db, const Batch& batch, const std::optional<Publication>& publication,
                        sys_seconds time) {
  auto transaction = db.Write();
  if (!transaction) return transaction.error();
  const TreeSize before{batch.head().size.value - batch.entries().size()};
  const auto terms = FindTermsMade(*transaction, before);
  if (!terms) return terms.error();
  if (const auto written = batch.Write(*transaction); !written) return written;
  Head head = batch.head();
  if (*terms) {
    if (const auto put = MarkTermsMade(*transaction, head.size, (*terms)->next); !put) return put;
  }
  head.time = publication ? publication->time : time;
  if (const auto put = transaction->Put(Table::kMeta, kHeadKey, EncodeHead(head)); !put) return put;
  if (const auto done = transaction->Remove(Table::kMeta, kPendingKey); !done) return done;
  if (publication) {
    if (publication->has_quorum) {
      if (const auto done = ForgetTrustAhead(*transaction, batch, head); !done) return done;
    }
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

/// Writes rows of terms for the head of size `head`. `anew`: removes all terms before, which may
/// have been made by another folding.
Result<void> WriteTerms(Lmdb& db, const TermStep& step, TreeSize head, bool anew) {
  auto transaction = db.Write();
  if (!transaction) return transaction.error();
  if (anew) {
    if (const auto done = transaction->Clear(Table::kTerms); !done) return done;
  }
  for (const Bytes& key : step.rows) {
    if (const auto put = transaction->Put(Table::kTerms, key, {}); !put) return put;
  }
  if (const auto done = MarkTermsMade(*transaction, head, step.next); !done) return done;
  return std::move(*transaction).Commit();
}

/// Returns the number of identifiers before a key of the state, and of all.
Result<std::pair<std::uint64_t, std::uint64_t>> CountIdentifiers(const LedgerView& view,
                                                                 const Bytes& next) {
  std::uint64_t before = 0, all = 0;
  const auto counted = view.ScanIdentifiers([&](const CityId& id, const IdentifierState&) {
    before += IdentifierKey(id) < next;
    ++all;
    return true;
  });
  if (!counted) return counted.error();
  return std::pair(before, all);
}

}  // namespace

Replica::Replica(std::unique_ptr<Lmdb> db)
    : db_(std::move(db)), writing_(std::make_unique<std::mutex>()) {}
Replica::Replica(Replica&&) noexcept = default;
Replica& Replica::operator=(Replica&&) noexcept = default;
Replica::~Replica() = default;

Result<Replica> Replica::Create(const fs::path& directory, ByteView genesis, sys_seconds now) {
  // The genesis is judged before anything is written to disk.
  const auto verified = VerifyRecord(genesis);
  if (!verified) return verified.error().In("genesis");
  const auto change = Apply(EmptyState(), *verified, Index{0}, sys_seconds{});
  if (!change) return change.error().In("genesis");
  const auto created = CreateLedger(directory, [&](Lmdb& db) -> Result<Head> {
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
  if (!created) return created.error();
  return Open(directory, Mode::kWrite);
}

Result<Replica> Replica::CreateEmpty(const fs::path& directory, std::size_t map_size) {
  const auto created = CreateLedger(
      directory, [](Lmdb&) { return Result<Head>(EmptyHead()); }, map_size);
  if (!created) return created.error();
  return Open(directory, Mode::kWrite, map_size);
}

Result<Replica> Replica::Open(const fs::path& directory, Mode mode, std::size_t map_size) {
  // An older format may lack tables, so its name is read before they are opened.
  if (const auto known = CheckFormat(directory, map_size); !known) return known.error();
  const auto lmdb_mode = mode == Mode::kWrite ? Lmdb::Mode::kWrite : Lmdb::Mode::kRead;
  auto opened = Lmdb::Open(directory, lmdb_mode, kLedgerTables, map_size);
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
  return LedgerView::Of(*std::move(transaction));
}

std::uint64_t Replica::Version() const { return db_->Version(); }

std::uint64_t Replica::OldestRead() const { return db_->OldestRead(); }

Result<std::vector<Sequenced>> Replica::Append(const std::vector<Bytes>& entries, sys_seconds now,
                                               Refused refused, const Publish& publish) {
  const std::scoped_lock lock(*writing_);
  if (entries.size() > kMaxBatch) {
    return Error{Errc::kUsage, "a batch has at most " + std::to_string(kMaxBatch) + " entries"};
  }
  const auto view = Read();
  if (!view) return view.error();
  Batch batch(*view);
  std::vector<Sequenced> outcomes;
  const auto verified = VerifyRecords(entries);
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

Result<void> Replica::IndexTerms(
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress,
    const std::stop_token& stop) {
  constexpr std::size_t kStep = 512;  // identifiers in a transaction
  std::optional<std::pair<std::uint64_t, std::uint64_t>> counted;
  while (true) {
    if (stop.stop_requested())
      return Error{Errc::kStopped, "stopped; the next time it goes on from there"};
    // The terms are made without the lock, so that batches don't wait for them.
    const auto view = Read();
    if (!view) return view.error();
    const auto made = FindTermsMade(view->rows(), view->head().size);
    if (!made) return made.error();
    if (*made && !(*made)->next) return {};
    const Bytes first = *made ? *(*made)->next : Bytes{'I'};
    if (progress && !counted) {
      const auto count = CountIdentifiers(*view, first);
      if (!count) return count.error();
      counted = *count;
    }
    const auto step = MakeTerms(*view, first, kStep);
    if (!step) return step.error();
    {
      const std::scoped_lock lock(*writing_);
      const auto now = Read();
      if (!now) return now.error();
      if (now->head().size != view->head().size) continue;
      const auto written = WriteTerms(*db_, *step, view->head().size, !*made);
      if (!written) return written;
    }
    if (!progress) continue;
    counted->first += step->identifiers;
    progress(counted->first, counted->second);
  }
}

Result<void> Replica::Stage(const Batch& batch) {
  return Put(Table::kMeta, kPendingKey, EncodeFields(StoredBatch{batch.entries()}));
}

Result<void> Replica::Put(Table table, ByteView key, ByteView value) {
  const std::scoped_lock lock(*writing_);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  if (const auto put = transaction->Put(table, key, value); !put) return put;
  return std::move(*transaction).Commit();
}

Result<void> Replica::Demand(const TrustFile& file) {
  {
    const auto view = Read();
    if (!view) return view.error();
    const auto version = PolicyVersion(*view);
    if (!version) return version.error();
    if (file.IsReachedBy(*version, view->head().time)) return {};
    const auto kept = view->FindTrustAhead();
    if (!kept) return kept.error();
    const auto place = [](const TrustFile& trust) {
      return std::pair(trust.version, trust.confirmed);
    };
    // The same place with another text: its owner has mended it.
    if (*kept && place((*kept)->file) > place(file)) return {};
  }
  return Put(Table::kMeta, kTrustKey, AsBytes(file.text()));
}

Result<void> Replica::DemandForReplay(const TrustFile& file) {
  {
    const auto view = Read();
    if (!view) return view.error();
    const auto kept = view->FindTrustAhead();
    if (!kept) return kept.error();
    if (*kept) return {};
  }
  return Put(Table::kMeta, kTrustKey, AsBytes(file.text()));
}

Result<void> Replica::KeepPolicyProof(std::uint64_t version, ByteView proof) {
  return Put(Table::kPolicies, NumberKey(version), proof);
}

Result<void> Replica::KeepEvidence(const Evidence& evidence) {
  {
    const auto view = Read();
    if (!view) return view.error();
    const auto known = view->FindEvidence();
    if (!known) return known.error();
    if (*known && ((*known)->frozen || !evidence.frozen)) return {};
  }
  return Put(Table::kMeta, kEvidenceKey, EncodeFields(evidence));
}

Result<void> Replica::Commit(const Batch& batch, const std::optional<Publication>& publication,
                             sys_seconds time) {
  const std::scoped_lock lock(*writing_);
  return WriteBatch(*db_, batch, publication, time);
}

}  // namespace cityid

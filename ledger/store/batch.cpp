#include "ledger/store/batch.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "codec/time_text.h"
#include "ledger/store/ledger_view.h"
#include "ledger/store/lmdb.h"
#include "ledger/store/tables.h"
#include "ledger/terms/terms.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

std::optional<CityId> SubjectOf(const Record& record) {
  auto id = CityId::Parse(record.subject.value_or(""));
  return id ? std::optional(*std::move(id)) : std::nullopt;
}

}  // namespace

std::vector<Result<VerifiedRecord>> VerifyRecords(const std::vector<Bytes>& entries) {
  constexpr std::size_t kShare = 16;  // entries: some milliseconds of work
  std::vector<Result<VerifiedRecord>> verified(
      entries.size(), Error{Errc::kMalformed, "record: it was not verified"});
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t start; (start = next.fetch_add(kShare)) < entries.size();) {
      const std::size_t end = std::min(start + kShare, entries.size());
      for (std::size_t i = start; i < end; ++i) verified[i] = VerifyRecord(entries[i]);
    }
  };
  std::vector<std::thread> threads;
  const std::size_t shares = (entries.size() + kShare - 1) / kShare;
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1u);
  for (std::size_t i = 1; i < std::min(cores, shares); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return verified;
}

Result<std::optional<ByteView>> Batch::Get(ByteView key) const {
  const auto found = state_.find(key);
  if (found != state_.end()) return std::optional<ByteView>(found->second);
  return base_.Get(key);
}

Result<ByteView> Batch::Entry(Index index) const {
  const std::uint64_t base = base_.head().size.value;
  if (index.value < base) return base_.Entry(index);
  if (index.value - base >= entries_.size()) {
    return Error{Errc::kCorrupt, "ledger: entry " + std::to_string(index.value) + " is missing"};
  }
  return ByteView(entries_[index.value - base]);
}

Result<std::optional<Index>> Batch::FindDraft(const DraftId& id) const {
  const auto found = drafts_.find(id.view());
  if (found == drafts_.end()) return base_.FindDraft(id);
  return std::optional(ReadIndex(found->second));
}

Result<std::optional<ByteView>> Batch::Node(ByteView edge) const {
  const auto found = map_.find(edge);
  if (found != map_.end()) return std::optional<ByteView>(found->second);
  return base_.Node(edge);
}

Result<void> Batch::PutNode(ByteView edge, ByteView node) {
  const auto found = map_.find(edge);
  if (found != map_.end()) {
    found->second.assign(node.begin(), node.end());
  } else {
    map_.emplace(ToBytes(edge), ToBytes(node));
  }
  return {};
}

void Batch::Push(ByteView entry) {
  entries_.push_back(ToBytes(entry));
  ++head_.size.value;
}

Result<std::optional<Error>> Batch::ApplyRecord(const Result<VerifiedRecord>& verified) {
  if (!verified) return std::optional(verified.error());
  const Index index{head_.size.value};
  auto change = Apply(*this, *verified, index, head_.rules_time);
  if (!change) {
    const Errc code = change.error().code;
    if (code == Errc::kRefused || code == Errc::kUnsupported) return std::optional(change.error());
    return change.error();
  }
  const auto recorded = RecordHistory(verified->record(), *change);
  if (!recorded) return recorded.error();
  if (const auto indexed = IndexTerms(verified->record()); !indexed) return indexed.error();
  for (auto& [key, value] : change->writes) {
    unhashed_.push_back(key);
    state_[key] = std::move(value);
  }
  // `FindDraft` finds only records that the rules accepted.
  drafts_[ToBytes(verified->draft_id().view())] = EntryKey(index);
  return std::optional<Error>();
}

Result<void> Batch::RecordHistory(const Record& record, const Change& change) {
  const Index index{head_.size.value};
  std::vector<Bytes> concerned;
  for (const auto& [key, value] : change.writes) {
    if (key[0] == 'I') concerned.push_back(key);
  }
  // The revocation of codes changes no identifier's value, but belongs to its history.
  if (concerned.empty() && record.type() == RecordType::kRevokeCodes) {
    if (const auto subject = SubjectOf(record)) concerned.push_back(IdentifierKey(*subject));
  }
  for (const Bytes& key : concerned) {
    auto before = FindValue<IdentifierState>(*this, key, "identifier");
    if (!before) return before.error();
    undated_.emplace_back(HistoryKey(key, index), HistoryRow{0, *std::move(before)});
  }
  return {};
}

Result<void> Batch::IndexTerms(const Record& record) {
  const auto* assign = std::get_if<Assign>(&record.body);
  const auto* update = std::get_if<Update>(&record.body);
  const auto subject = SubjectOf(record);
  if (!subject || (!assign && !update)) return {};
  if (update) {
    const auto state = FindIdentifier(*this, *subject);
    if (!state) return state.error();
    const auto holding = *state ? ReadHolding(*this, **state) : Holding{};
    if (!holding) return holding.error();
    for (const std::string& term : TermsOf(*subject, *holding))
      terms_[TermKey(term, *subject)] = false;
  }
  for (const std::string& term : TermsOf(*subject, assign ? assign->holding : update->holding))
    terms_[TermKey(term, *subject)] = true;
  return {};
}

void Batch::DateHistory(sys_seconds time) {
  for (auto& [key, row] : undated_) {
    row.time = SecondsOf(time);
    history_.emplace(std::move(key), EncodeFields(row));
  }
  undated_.clear();
}

Result<Sequenced> Batch::Add(ByteView entry, const Result<VerifiedRecord>& verified,
                             Refused refused) {
  const Index index{head_.size.value};
  if (!verified && refused == Refused::kKept) {
    const auto policy = FindPolicy(*this);
    if (!policy) return policy.error();
    const auto claimed = ParseStateRoot(entry);
    if (claimed && *policy && claimed->log == (*policy)->log) {
      if (const auto checked = CheckStateRoot(claimed->root); !checked) return checked.error();
      Push(entry);
      closed_ = true;
      return Sequenced{index, {}};
    }
  }
  auto refusal = ApplyRecord(verified);
  if (!refusal) return refusal.error();
  if (*refusal && refused == Refused::kLeftOut) return Sequenced{std::nullopt, *refusal};
  if (*refusal && (*refusal)->code == Errc::kUnsupported && verified.ok()) return **refusal;
  Push(entry);
  closed_ = false;
  return Sequenced{index, *std::move(refusal)};
}

Result<void> Batch::HashState() {
  std::ranges::sort(unhashed_);
  const auto twice = std::ranges::unique(unhashed_);
  unhashed_.erase(twice.begin(), twice.end());
  std::vector<MapChange> changes;
  for (Bytes& key : unhashed_) {
    const MapHash leaf = HashMapLeaf(key, state_.find(key)->second);
    changes.push_back({std::move(key), leaf});
  }
  unhashed_.clear();
  const auto root = UpdateMap(*this, head_.map, std::move(changes));
  if (!root) return root.error();
  head_.map = *root;
  return {};
}

Result<void> Batch::CheckStateRoot(const StateRoot& root) {
  if (const auto hashed = HashState(); !hashed) return hashed;
  const std::string where = "state root at index " + std::to_string(head_.size.value) + ": ";
  const auto wrong = [&](const char* what) { return Error{Errc::kWrongState, where + what}; };
  if (root.size != head_.size.value) return wrong("it covers another size");
  if (root.root != head_.map) return wrong("the state is another one");
  const sys_seconds time = TimeOf(root.time);
  if (root.time > INT64_MAX || time < head_.rules_time) return wrong("its time goes back");
  head_.rules_time = time;
  DateHistory(time);
  return {};
}

Result<void> Batch::Close(sys_seconds now) {
  if (closed_) return {};
  const auto policy = FindPolicy(*this);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kRefused, "log-unfounded: the first record must be genesis"};
  if (const auto hashed = HashState(); !hashed) return hashed;
  head_.rules_time = std::max(now, head_.rules_time);
  const auto time = SecondsOf(head_.rules_time);
  DateHistory(head_.rules_time);
  Push(WriteStateRoot((*policy)->log, {head_.map, head_.size.value, time}));
  closed_ = true;
  return {};
}

Result<void> Batch::HashTree(std::vector<LeafHash> leaves) {
  for (std::size_t i = leaves.size(); i < entries_.size(); ++i)
    leaves.push_back(HashLeaf(entries_[i]));
  if (const auto appended = AppendLeaves(*this, base_.head().size, leaves); !appended)
    return appended;
  const auto root = RootOf(*this, head_.size);
  if (!root) return root.error();
  head_.root = *root;
  return {};
}

Result<void> Batch::Write(WriteTransaction& transaction) const {
  // In order of keys, so that neighbours on a page are written one after the other.
  const auto put_all = [&](Table table, const Writes& writes) -> Result<void> {
    std::vector<const Writes::value_type*> sorted;
    for (const auto& write : writes) sorted.push_back(&write);
    std::ranges::sort(sorted, [](const auto* a, const auto* b) { return a->first < b->first; });
    for (const auto* write : sorted) {
      if (const auto put = transaction.Put(table, write->first, write->second); !put) return put;
    }
    return {};
  };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Bytes key = EntryKey(Index{base_.head().size.value + i});
    if (const auto put = transaction.Put(Table::kEntries, key, entries_[i]); !put) return put;
  }
  for (const auto& [id, tile] : tiles()) {
    if (const auto put = transaction.Put(Table::kTiles, TileKey(id), tile); !put) return put;
  }
  if (const auto put = put_all(Table::kState, state_); !put) return put;
  if (const auto put = put_all(Table::kMap, map_); !put) return put;
  if (const auto put = put_all(Table::kHistory, history_); !put) return put;
  for (const auto& [key, there] : terms_) {
    const auto done =
        there ? transaction.Put(Table::kTerms, key, {}) : transaction.Remove(Table::kTerms, key);
    if (!done) return done;
  }
  return put_all(Table::kDrafts, drafts_);
}

Result<std::unique_ptr<Batch>> MakeBatch(const Ledger& base, const std::vector<Bytes>& entries) {
  auto batch = std::make_unique<Batch>(base);
  const auto verified = VerifyRecords(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto added = batch->Add(entries[i], verified[i], Refused::kKept);
    if (!added) return CorruptValue("pending batch", added.error());
  }
  if (const auto hashed = batch->HashTree(); !hashed) return hashed.error();
  return batch;
}

Result<std::unique_ptr<Batch>> ReadPendingBatch(const LedgerView& view) {
  const auto entries = view.Pending();
  if (!entries) return entries.error();
  return MakeBatch(view, *entries);
}

Result<std::unique_ptr<Batch>> ReadPendingLog(const LedgerView& view) {
  const auto entries = view.Pending();
  if (!entries) return entries.error();
  auto batch = std::make_unique<Batch>(view);
  for (const Bytes& entry : *entries) batch->Push(entry);
  if (const auto hashed = batch->HashTree(); !hashed) return hashed.error();
  return batch;
}

}  // namespace cityid

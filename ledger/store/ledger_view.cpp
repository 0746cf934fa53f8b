#include "ledger/store/ledger_view.h"

#include "ledger/proof/policy_chain.h"
#include "ledger/store/tables.h"
#include "ledger/store/term_index.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Reads and decodes a value of the table `meta`.
template <class T>
Result<std::optional<T>> ReadMeta(const ReadTransaction& rows, ByteView key, const char* what) {
  return DecodeFound<T>(rows.Get(Table::kMeta, key), what);
}

Result<std::optional<std::string>> ReadText(const ReadTransaction& rows, Table table,
                                            ByteView key) {
  const auto text = rows.Get(table, key);
  if (!text) return text.error();
  if (!*text) return std::optional<std::string>();
  return std::optional(std::string(AsText(**text)));
}

/// Returns a visit of a table whose keys are numbers.
ReadTransaction::Visit Numbered(const char* what,
                                const LedgerView::Visit<std::uint64_t, ByteView>& visit) {
  return [what, &visit](ByteView key, ByteView value) -> Result<bool> {
    if (key.size() != 8) return Error{Errc::kCorrupt, std::string("ledger: ") + what + ": its key"};
    return visit(ReadBigEndian(key), value);
  };
}

/// Returns a visit of the table of notes.
LedgerView::Visit<std::uint64_t, ByteView> OfNotes(
    const LedgerView::Visit<TreeSize, std::string_view>& visit) {
  return
      [&visit](std::uint64_t size, ByteView note) { return visit(TreeSize{size}, AsText(note)); };
}

/// Reads the identifier that a key of the state names.
Result<CityId> ReadId(ByteView key) {
  auto id = CityId::Parse(AsText(key.subspan(2)));
  if (!id) return CorruptValue("identifier", id.error());
  return id;
}

}  // namespace

LedgerView::LedgerView(ReadTransaction rows, const Head& head)
    : rows_(std::make_unique<const ReadTransaction>(std::move(rows))), head_(head) {}
LedgerView::LedgerView(LedgerView&&) noexcept = default;
LedgerView& LedgerView::operator=(LedgerView&&) noexcept = default;
LedgerView::~LedgerView() = default;

Result<LedgerView> LedgerView::Of(ReadTransaction rows) {
  const auto stored = ReadMeta<StoredHead>(rows, kHeadKey, "head");
  if (!stored) return stored.error();
  if (!*stored) return Error{Errc::kCorrupt, "ledger: it has no head"};
  const auto evidence = ReadMeta<Evidence>(rows, kEvidenceKey, "evidence");
  if (!evidence) return evidence.error();
  const StoredHead& head = **stored;
  return LedgerView(
      std::move(rows),
      Head{TreeSize{head.size}, head.root, head.map, sys_seconds(seconds(head.rules_time)),
           sys_seconds(seconds(head.time)), *evidence && (*evidence)->frozen, TreeSize{head.base}});
}

std::uint64_t LedgerView::version() const { return rows_->version(); }

Result<void> LedgerView::Count(std::uint64_t units) const {
  work_ += units;
  if (work_ <= bound_) return {};
  return Error{Errc::kTooLarge, "this would take too much work; ask for less"};
}

Result<std::optional<ByteView>> LedgerView::Get(ByteView key) const {
  if (const auto counted = Count(1); !counted) return counted.error();
  return rows_->Get(Table::kState, key);
}

Result<ByteView> LedgerView::Entry(Index index) const {
  const auto entry = rows_->Get(Table::kEntries, EntryKey(index));
  if (!entry) return entry.error();
  if (const auto counted = Count(*entry ? 1 + (*entry)->size() / kBytesOfUnit : 1); !counted)
    return counted.error();
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
  if (const auto counted = Count(1); !counted) return counted.error();
  return rows_->Get(Table::kTiles, TileKey(id));
}

Result<std::optional<ByteView>> LedgerView::Node(ByteView edge) const {
  if (const auto counted = Count(1); !counted) return counted.error();
  return rows_->Get(Table::kMap, edge);
}

Result<std::optional<Index>> LedgerView::FindDraft(const DraftId& id) const {
  const auto place = rows_->Get(Table::kDrafts, id.view());
  if (!place) return place.error();
  if (!*place) return std::optional<Index>();
  if ((*place)->size() != 8) return Error{Errc::kCorrupt, "ledger: place of a draft"};
  return std::optional(ReadIndex(**place));
}

Result<std::optional<std::string>> LedgerView::Note(TreeSize size) const {
  return ReadText(*rows_, Table::kCheckpoints, NumberKey(size.value));
}

Result<std::optional<Bytes>> LedgerView::PolicyProof(std::uint64_t version) const {
  const auto proof = rows_->Get(Table::kPolicies, NumberKey(version));
  if (!proof) return proof.error();
  if (!*proof) return std::optional<Bytes>();
  return std::optional(ToBytes(**proof));
}

Result<std::optional<Evidence>> LedgerView::FindEvidence() const {
  return ReadMeta<Evidence>(*rows_, kEvidenceKey, "evidence");
}

Result<std::optional<TrustAhead>> LedgerView::FindTrustAhead() const {
  const auto text = ReadText(*rows_, Table::kMeta, kTrustKey);
  if (!text) return text.error();
  if (!*text) return std::optional<TrustAhead>();
  auto file = TrustFile::Parse(**text);
  if (!file) return Error{Errc::kCorrupt, "ledger: the trust file that it has to reach"};
  const auto version = PolicyVersion(*this);
  if (!version) return version.error();
  const auto published = Note(head_.size);
  if (!published) return published.error();
  const bool judges = *version == 0 || *version < file->version || !*published;
  const bool behind = !file->IsReachedBy(*version, head_.time);
  return std::optional(TrustAhead{*std::move(file), judges, behind});
}

Result<void> LedgerView::CheckReached() const {
  if (head_.size.value == 0) return Error{Errc::kBusy, "the ledger is still being fetched"};
  const auto ahead = FindTrustAhead();
  if (!ahead) return ahead.error();
  if (!*ahead || !(*ahead)->behind) return {};
  return Error{Errc::kBusy,
               "the ledger is older than the trust file that it was made with; it must follow the "
               "log first"};
}

Result<Trust> LedgerView::TrustNow(const Trust& initial) const {
  auto ahead = FindTrustAhead();
  if (!ahead) return ahead.error();
  if (*ahead && (*ahead)->judges) return std::move((*ahead)->file.trust);
  return TrustInForce(*this, initial);
}

Result<std::vector<Bytes>> LedgerView::Pending() const {
  auto batch = ReadMeta<StoredBatch>(*rows_, kPendingKey, "pending batch");
  if (!batch) return batch.error();
  return *batch ? std::move((*batch)->entries) : std::vector<Bytes>();
}

Result<bool> LedgerView::HasTerms() const {
  const auto made = FindTermsMade(*rows_, head_.size);
  if (!made) return made.error();
  return *made && !(*made)->next;
}

Result<void> LedgerView::ScanNotes(const Visit<TreeSize, std::string_view>& visit) const {
  const auto of_notes = OfNotes(visit);
  return rows_->Scan(Table::kCheckpoints, {}, Numbered("checkpoint", of_notes));
}

Result<void> LedgerView::ScanNotesBack(const Visit<TreeSize, std::string_view>& visit) const {
  const auto of_notes = OfNotes(visit);
  return rows_->ScanBack(Table::kCheckpoints, {}, Numbered("checkpoint", of_notes));
}

Result<void> LedgerView::ScanPolicyProofs(const Visit<std::uint64_t, ByteView>& visit) const {
  return rows_->Scan(Table::kPolicies, {}, Numbered("policy proof", visit));
}

Result<void> LedgerView::ScanIdentifiers(
    const Visit<const CityId&, const IdentifierState&>& visit) const {
  return rows_->Scan(Table::kState, AsBytes("I"),
                     [&](ByteView key, ByteView value) -> Result<bool> {
                       if (key[0] != 'I') return false;
                       const auto id = ReadId(key);
                       if (!id) return id.error();
                       const auto state = DecodeFields<IdentifierState>(value);
                       if (!state) return CorruptValue("identifier", state.error());
                       return visit(*id, *state);
                     });
}

Result<void> LedgerView::ScanLevel(std::size_t depth, std::string_view first,
                                   const Visit<CityId>& visit) const {
  const Bytes level = {'I', static_cast<std::uint8_t>(depth)};
  Bytes from = level;
  Append(from, AsBytes(first));
  return rows_->Scan(Table::kState, from, [&](ByteView key, ByteView) -> Result<bool> {
    if (key.size() < level.size() || !Equal(key.first(level.size()), level)) return false;
    auto id = ReadId(key);
    if (!id) return id.error();
    return visit(*std::move(id));
  });
}

}  // namespace cityid

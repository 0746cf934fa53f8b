#include "ledger/store/inbox.h"

#include <algorithm>

#include "ledger/store/lmdb.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t kMapSize = std::size_t{2} << 30;
constexpr std::size_t kTimeSize = 8;

/// A value is the time at which the draft came, 8 bytes, big-endian, and the draft.
Result<Inbox::Item> ReadItem(ByteView key, ByteView value) {
  const Error corrupt{Errc::kCorrupt, "inbox: an application can't be read"};
  if (value.size() < kTimeSize) return corrupt;
  auto draft = Draft::Parse(value.subspan(kTimeSize));
  if (!draft || !Equal(draft->id().view(), key)) return corrupt;
  const auto time = static_cast<std::int64_t>(ReadBigEndian(value.first(kTimeSize)));
  return Inbox::Item{*std::move(draft), sys_seconds(seconds(time))};
}

}  // namespace

Inbox::Inbox(std::unique_ptr<Lmdb> db) : db_(std::move(db)) {}
Inbox::Inbox(Inbox&&) noexcept = default;
Inbox& Inbox::operator=(Inbox&&) noexcept = default;
Inbox::~Inbox() = default;

Result<Inbox> Inbox::Open(const std::filesystem::path& directory) {
  auto db = Lmdb::Open(directory, Lmdb::Mode::kCreate, {Table::kInbox}, kMapSize);
  if (!db) return db.error();
  return Inbox(std::make_unique<Lmdb>(*std::move(db)));
}

Result<std::optional<Inbox::Item>> Inbox::Find(const DraftId& id) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->Get(Table::kInbox, id.view());
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Item>();
  auto item = ReadItem(id.view(), **stored);
  if (!item) return item.error();
  return std::optional(*std::move(item));
}

Result<void> Inbox::Scan(const std::optional<DraftId>& from,
                         const std::function<Result<bool>(Item)>& visit) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  return transaction->Scan(Table::kInbox, from ? from->view() : ByteView(),
                           [&](ByteView key, ByteView value) -> Result<bool> {
                             auto item = ReadItem(key, value);
                             if (!item) return item.error();
                             return visit(*std::move(item));
                           });
}

Result<void> Inbox::Put(const Item& item) {
  const auto entry = item.draft.Write();
  if (!entry) return entry.error();
  Bytes value;
  AppendBigEndian(value, static_cast<std::uint64_t>(item.received.time_since_epoch().count()));
  Append(value, *entry);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const auto put = transaction->Put(Table::kInbox, item.draft.id().view(), value);
  if (!put) return put;
  return std::move(*transaction).Commit();
}

Result<void> Inbox::Remove(const std::vector<DraftId>& ids) {
  if (ids.empty()) return {};
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  for (const DraftId& id : ids) {
    if (const auto removed = transaction->Remove(Table::kInbox, id.view()); !removed)
      return removed;
  }
  return std::move(*transaction).Commit();
}

}  // namespace cityid

#include "ledger/store/inbox.h"

#include "codec/time_text.h"
#include "ledger/store/lmdb.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t kMapSize = std::size_t{2} << 30;
constexpr std::size_t kTimeSize = 8;

/// The client is 8 bytes, big-endian, in a table of its own.
Result<std::uint64_t> ReadClient(const ReadTransaction& transaction, ByteView key) {
  const auto stored = transaction.Get(Table::kClients, key);
  if (!stored) return stored.error();
  return *stored && (*stored)->size() == 8 ? ReadBigEndian(**stored) : 0;
}

/// A value is the time at which the draft came, 8 bytes, big-endian, and the draft.
Result<Inbox::Item> ReadItem(const ReadTransaction& transaction, ByteView key, ByteView value) {
  const Error corrupt{Errc::kCorrupt, "inbox: an application can't be read"};
  if (value.size() < kTimeSize) return corrupt;
  auto draft = Draft::Parse(value.subspan(kTimeSize));
  if (!draft || !Equal(draft->id().view(), key)) return corrupt;
  const auto time = static_cast<std::int64_t>(ReadBigEndian(value.first(kTimeSize)));
  const auto client = ReadClient(transaction, key);
  if (!client) return client.error();
  return Inbox::Item{*std::move(draft), sys_seconds(seconds(time)), *client};
}

/// The value of a refusal is the draft's `not_after`, 8 bytes, big-endian, and the statement.
Result<Inbox::Refusal> ReadRefusal(const ReadTransaction& transaction, ByteView key,
                                   ByteView value) {
  const auto id = DraftId::From(key);
  if (!id || value.size() < kTimeSize)
    return Error{Errc::kCorrupt, "inbox: a refusal can't be read"};
  const auto client = ReadClient(transaction, key);
  if (!client) return client.error();
  return Inbox::Refusal{*id, ReadBigEndian(value.first(kTimeSize)),
                        ToBytes(value.subspan(kTimeSize)), *client};
}

/// Keeps who handed in a draft, or withdrew it. What is there already stays.
Result<void> PutClient(WriteTransaction& transaction, const DraftId& id, std::uint64_t client) {
  if (client == 0) return {};
  Bytes value;
  AppendBigEndian(value, client);
  const auto put = transaction.PutIfAbsent(Table::kClients, id.view(), value);
  if (!put) return put.error();
  return {};
}

/// Removes a draft from everything but the refusals.
Result<void> Forget(WriteTransaction& transaction, const DraftId& id) {
  for (const Table table : {Table::kInbox, Table::kMakers, Table::kClients}) {
    if (const auto removed = transaction.Remove(table, id.view()); !removed) return removed;
  }
  return {};
}

/// The makers of a draft: for each its role, 1 byte, and its key, 32 bytes.
Bytes WriteMakers(const std::vector<Signer>& signers) {
  Bytes value;
  for (const Signer& signer : signers) {
    value.push_back(static_cast<std::uint8_t>(signer.role));
    Append(value, signer.key.view());
  }
  return value;
}

}  // namespace

Inbox::Inbox(std::unique_ptr<Lmdb> db) : db_(std::move(db)) {}
Inbox::Inbox(Inbox&&) noexcept = default;
Inbox& Inbox::operator=(Inbox&&) noexcept = default;
Inbox::~Inbox() = default;

Result<Inbox> Inbox::Open(const std::filesystem::path& directory) {
  auto db = Lmdb::Open(directory, Lmdb::Mode::kCreate,
                       {Table::kInbox, Table::kMakers, Table::kRefused, Table::kClients}, kMapSize);
  if (!db) return db.error();
  return Inbox(std::make_unique<Lmdb>(*std::move(db)));
}

Result<std::optional<Inbox::Item>> Inbox::Find(const DraftId& id) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->Get(Table::kInbox, id.view());
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Item>();
  auto item = ReadItem(*transaction, id.view(), **stored);
  if (!item) return item.error();
  return std::optional(*std::move(item));
}

Result<void> Inbox::Scan(const std::optional<DraftId>& from,
                         const std::function<Result<bool>(Item)>& visit) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  return transaction->Scan(Table::kInbox, from ? from->view() : ByteView(),
                           [&](ByteView key, ByteView value) -> Result<bool> {
                             auto item = ReadItem(*transaction, key, value);
                             if (!item) return item.error();
                             return visit(*std::move(item));
                           });
}

Result<void> Inbox::Put(const Item& item) {
  const auto entry = item.draft.Write();
  if (!entry) return entry.error();
  Bytes value;
  AppendBigEndian(value, SecondsOf(item.received));
  Append(value, *entry);
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  const auto put = transaction->Put(Table::kInbox, item.draft.id().view(), value);
  if (!put) return put;
  const auto made = transaction->PutIfAbsent(Table::kMakers, item.draft.id().view(),
                                             WriteMakers(item.draft.signers()));
  if (!made) return made.error();
  const auto client = PutClient(*transaction, item.draft.id(), item.client);
  if (!client) return client;
  return std::move(*transaction).Commit();
}

Result<void> Inbox::Remove(const std::vector<DraftId>& ids) {
  if (ids.empty()) return {};
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  for (const DraftId& id : ids) {
    if (const auto removed = Forget(*transaction, id); !removed) return removed;
  }
  return std::move(*transaction).Commit();
}

Result<std::vector<Signer>> Inbox::Makers(const DraftId& id) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->Get(Table::kMakers, id.view());
  if (!stored) return stored.error();
  std::vector<Signer> makers;
  constexpr std::size_t kMakerSize = 1 + PublicKey::kSize;
  for (ByteView rest = stored->value_or(ByteView()); rest.size() >= kMakerSize;
       rest = rest.subspan(kMakerSize)) {
    makers.push_back(
        {static_cast<Role>(rest[0]), *PublicKey::From(rest.subspan(1, PublicKey::kSize))});
  }
  return makers;
}

Result<std::optional<Inbox::Refusal>> Inbox::FindRefusal(const DraftId& id) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->Get(Table::kRefused, id.view());
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Refusal>();
  auto refusal = ReadRefusal(*transaction, id.view(), **stored);
  if (!refusal) return refusal.error();
  return std::optional(*std::move(refusal));
}

Result<void> Inbox::ScanRefusals(const std::function<Result<bool>(const Refusal&)>& visit) const {
  const auto transaction = db_->Read();
  if (!transaction) return transaction.error();
  return transaction->Scan(Table::kRefused, {}, [&](ByteView key, ByteView value) -> Result<bool> {
    const auto refusal = ReadRefusal(*transaction, key, value);
    if (!refusal) return refusal.error();
    return visit(*refusal);
  });
}

Result<void> Inbox::Refuse(const Refusal& refusal, const std::vector<DraftId>& expired) {
  auto transaction = db_->Write();
  if (!transaction) return transaction.error();
  for (const DraftId& id : expired) {
    const auto forgotten = transaction->Remove(Table::kRefused, id.view());
    if (!forgotten) return forgotten;
    if (const auto removed = Forget(*transaction, id); !removed) return removed;
  }
  if (const auto removed = Forget(*transaction, refusal.draft); !removed) return removed;
  Bytes value;
  AppendBigEndian(value, refusal.not_after);
  Append(value, refusal.statement);
  const auto put = transaction->Put(Table::kRefused, refusal.draft.view(), value);
  if (!put) return put;
  const auto client = PutClient(*transaction, refusal.draft, refusal.client);
  if (!client) return client;
  return std::move(*transaction).Commit();
}

}  // namespace cityid

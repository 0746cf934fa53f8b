#include "ledger/store/create.h"

#include <fcntl.h>
#include <sys/file.h>

#include "codec/files/file.h"
#include "ledger/store/replica.h"
#include "ledger/store/tables.h"
#include "ledger/store/term_index.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

Result<void> FillDirectory(const fs::path& directory,
                           const std::function<Result<Head>(Lmdb&)>& fill, std::size_t map_size) {
  auto db = Lmdb::Open(directory, Lmdb::Mode::kBulk, kLedgerTables, map_size);
  if (!db) return db.error();
  const auto head = fill(*db);
  if (!head) return head.error();
  auto transaction = db->Write();
  if (!transaction) return transaction.error();
  const auto format = transaction->Put(Table::kMeta, kFormatKey, AsBytes(kLedgerFormat));
  if (!format) return format;
  const auto put = transaction->Put(Table::kMeta, kHeadKey, EncodeHead(*head));
  if (!put) return put;
  // A snapshot has no terms.
  if (head->base.value == 0) {
    const auto marked = MarkTermsMade(*transaction, head->size);
    if (!marked) return marked;
  }
  if (const auto committed = std::move(*transaction).Commit(); !committed) return committed;
  return db->Sync();
}

}  // namespace

Result<void> CreateLedger(const fs::path& named, const std::function<Result<Head>(Lmdb&)>& fill,
                          std::size_t map_size) {
  const fs::path directory = named.has_filename() ? named : named.parent_path();
  std::error_code error;
  if (fs::exists(directory / "data.mdb", error)) {
    return Error{Errc::kRefused, directory.string() + " holds a ledger already"};
  }
  fs::path unfinished = directory;
  unfinished += ".founding";
  {
    const FileDescriptor lock(::open((unfinished / "writer.lock").c_str(), O_RDWR | O_CLOEXEC));
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return Error{Errc::kBusy, unfinished.string() + " is being founded by another process"};
    }
  }
  fs::remove_all(unfinished, error);
  if (const auto filled = FillDirectory(unfinished, fill, map_size); !filled) {
    fs::remove_all(unfinished, error);
    return filled;
  }
  if (const auto synced = SyncParent(unfinished / "data.mdb"); !synced) return synced;
  fs::rename(unfinished, directory, error);
  if (error) {
    return Error{Errc::kIo, "cannot found " + directory.string() + ": " + error.message()};
  }
  return SyncParent(directory);
}

}  // namespace cityid

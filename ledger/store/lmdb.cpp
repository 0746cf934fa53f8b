#include "ledger/store/lmdb.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cityid {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, kTables> kTableNames = {
    "meta",        "entries",  "tiles", "state",   "map",  "drafts",
    "checkpoints", "policies", "terms", "history", "inbox"};
constexpr unsigned kMaxReaders = 510;

Error LmdbError(const std::string& doing, int code) {
  Errc kind = Errc::kIo;
  std::string advice;
  if (code == MDB_MAP_FULL || code == ENOSPC || code == EDQUOT) {
    kind = Errc::kFull;
    advice = "; free some space and try again, nothing was lost";
  }
  if (code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INVALID ||
      code == MDB_PANIC || code == MDB_BAD_TXN) {
    kind = Errc::kCorrupt;
  }
  if (code == MDB_VERSION_MISMATCH) kind = Errc::kFormat;
  if (code == MDB_READERS_FULL) kind = Errc::kBusy;
  return Error{kind, "ledger: cannot " + doing + ": " + mdb_strerror(code) + advice};
}

bool IsDiskFull(const fs::path& directory) {
  constexpr std::uint64_t kLittle = 1 << 20;
  struct statvfs status;
  return ::statvfs(directory.c_str(), &status) == 0 && status.f_bavail * status.f_frsize < kLittle;
}

/// LMDB maps its lock file: were it sparse, a full disk would end the process with SIGBUS.
Result<void> ReserveLockFile(const fs::path& directory, bool read_only) {
  constexpr off_t kLockFile = 64 * 1024;
  const fs::path path = directory / "lock.mdb";
  const FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) {
    // On a read-only disk a reader needs no lock file: nobody can write.
    if (read_only && (errno == EROFS || errno == EACCES)) return {};
    return SystemError("open", path);
  }
  errno = ::posix_fallocate(fd.get(), 0, kLockFile);
  if (errno != 0 && errno != EOPNOTSUPP) return SystemError("write", path);
  return {};
}

/// A database cut short would end the process with SIGBUS, too. Pages at the end that were freed
/// before they were ever written may be missing.
Result<void> CheckSize(MDB_env* environment, const fs::path& directory) {
  constexpr std::uint64_t kSlack = 64;
  MDB_envinfo info;
  MDB_stat stat;
  mdb_env_info(environment, &info);
  mdb_env_stat(environment, &stat);
  std::error_code error;
  const std::uint64_t size = fs::file_size(directory / "data.mdb", error);
  const std::uint64_t pages = size / stat.ms_psize;
  if (!error && info.me_last_pgno > 1 &&
      pages + std::min<std::uint64_t>(kSlack, info.me_last_pgno / 8) <= info.me_last_pgno) {
    return Error{Errc::kCorrupt, directory.string() + ": the database was cut short"};
  }
  return {};
}

MDB_val ToVal(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }

ByteView ToView(const MDB_val& val) {
  return {static_cast<const std::uint8_t*>(val.mv_data), val.mv_size};
}

}  // namespace

void ReadTransaction::Abort::operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
void Lmdb::Close::operator()(MDB_env* environment) const { mdb_env_close(environment); }

Result<std::optional<ByteView>> ReadTransaction::Get(Table table, ByteView key) const {
  MDB_val key_val = ToVal(key);
  MDB_val value;
  const int code =
      mdb_get(transaction_.get(), db_->tables_[static_cast<std::size_t>(table)], &key_val, &value);
  if (code == MDB_NOTFOUND) return std::optional<ByteView>();
  if (code != 0) return LmdbError("read", code);
  return std::optional(ToView(value));
}

Result<void> ReadTransaction::Scan(
    Table table, ByteView first,
    const std::function<bool(ByteView key, ByteView value)>& visit) const {
  MDB_cursor* raw = nullptr;
  int code =
      mdb_cursor_open(transaction_.get(), db_->tables_[static_cast<std::size_t>(table)], &raw);
  if (code != 0) return LmdbError("read", code);
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor(raw, mdb_cursor_close);
  MDB_val key = ToVal(first);
  MDB_val value;
  code = mdb_cursor_get(raw, &key, &value, first.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == 0 && visit(ToView(key), ToView(value))) {
    code = mdb_cursor_get(raw, &key, &value, MDB_NEXT);
  }
  if (code != 0 && code != MDB_NOTFOUND) return LmdbError("read", code);
  return {};
}

Result<void> WriteTransaction::Put(Table table, ByteView key, ByteView value) {
  MDB_val key_val = ToVal(key);
  MDB_val value_val = ToVal(value);
  const int code = mdb_put(transaction_.get(), db_->tables_[static_cast<std::size_t>(table)],
                           &key_val, &value_val, 0);
  if (code != 0) return LmdbError("write", code);
  return {};
}

Result<void> WriteTransaction::Append(Table table, ByteView key, ByteView value) {
  MDB_val key_val = ToVal(key);
  MDB_val value_val = ToVal(value);
  const int code = mdb_put(transaction_.get(), db_->tables_[static_cast<std::size_t>(table)],
                           &key_val, &value_val, MDB_APPEND);
  if (code == MDB_KEYEXIST) return Error{Errc::kUsage, "ledger: a key is out of order"};
  if (code != 0) return LmdbError("write", code);
  return {};
}

Result<void> WriteTransaction::Remove(Table table, ByteView key) {
  MDB_val key_val = ToVal(key);
  const int code =
      mdb_del(transaction_.get(), db_->tables_[static_cast<std::size_t>(table)], &key_val, nullptr);
  if (code != 0 && code != MDB_NOTFOUND) return LmdbError("write", code);
  return {};
}

Result<void> WriteTransaction::Commit() && {
  int code = mdb_txn_commit(transaction_.release());
  // LMDB turns a short write, which is what a full disk gives, into EIO.
  if (code == EIO && IsDiskFull(db_->directory_)) code = ENOSPC;
  if (code != 0) return LmdbError("commit", code);
  return {};
}

Result<Lmdb> Lmdb::Open(const fs::path& directory, Mode mode, std::initializer_list<Table> tables,
                        std::size_t map_size) {
  std::error_code error;
  const bool exists = fs::exists(directory / "data.mdb", error);
  const bool creates = mode == Mode::kCreate || mode == Mode::kBulk;
  if (creates) {
    fs::create_directories(directory, error);
    if (error)
      return Error{Errc::kIo, "cannot create " + directory.string() + ": " + error.message()};
  } else if (!exists) {
    return Error{
        Errc::kFormat,
        directory.string() +
            " is not a ledger directory; make one with: cityid demo, or cityid ledger init"};
  }

  Lmdb db;
  if (mode != Mode::kRead) {
    const fs::path lock_path = directory / "writer.lock";
    db.lock_ = FileDescriptor(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!db.lock_) return SystemError("open", lock_path);
    if (::flock(db.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return SystemError("lock", lock_path);
      return Error{Errc::kBusy, directory.string() + " is being written by another process"};
    }
  }
  db.directory_ = directory;
  const auto reserved = ReserveLockFile(directory, mode == Mode::kRead);
  if (!reserved) return reserved.error();
  MDB_env* raw = nullptr;
  int code = mdb_env_create(&raw);
  if (code != 0) return LmdbError("start", code);
  db.environment_.reset(raw);
  mdb_env_set_maxdbs(raw, kTables);
  mdb_env_set_maxreaders(raw, kMaxReaders);
  mdb_env_set_mapsize(raw, map_size);
  // NOTLS: a transaction belongs to the object, not to the thread that made it.
  const unsigned flags = MDB_NOTLS | (mode == Mode::kRead ? unsigned{MDB_RDONLY} : 0u) |
                         (mode == Mode::kBulk ? unsigned{MDB_NOSYNC} : 0u);
  code = mdb_env_open(raw, directory.c_str(), flags, 0644);
  if (code != 0) return LmdbError("open " + directory.string(), code);

  if (const auto checked = CheckSize(raw, directory); !checked) return checked.error();

  MDB_txn* transaction = nullptr;
  const unsigned begin_flags = mode == Mode::kRead ? unsigned{MDB_RDONLY} : 0u;
  code = mdb_txn_begin(raw, nullptr, begin_flags, &transaction);
  if (code != 0) return LmdbError("open " + directory.string(), code);
  for (const Table table : tables) {
    const auto i = static_cast<std::size_t>(table);
    code = mdb_dbi_open(transaction, kTableNames[i], creates ? unsigned{MDB_CREATE} : 0u,
                        &db.tables_[i]);
    if (code != 0) {
      mdb_txn_abort(transaction);
      if (code == MDB_NOTFOUND) {
        return Error{Errc::kFormat,
                     directory.string() + " is a database, but not a ledger of this program"};
      }
      return LmdbError("open " + directory.string(), code);
    }
  }
  // Committed also when it only read: that keeps the table handles.
  code = mdb_txn_commit(transaction);
  if (code != 0) return LmdbError("open " + directory.string(), code);
  return db;
}

Result<ReadTransaction> Lmdb::Read() const {
  MDB_txn* transaction = nullptr;
  const int code = mdb_txn_begin(environment_.get(), nullptr, MDB_RDONLY, &transaction);
  if (code != 0) return LmdbError("read", code);
  return ReadTransaction(transaction, this);
}

Result<WriteTransaction> Lmdb::Write() {
  MDB_txn* transaction = nullptr;
  const int code = mdb_txn_begin(environment_.get(), nullptr, 0, &transaction);
  if (code != 0) return LmdbError("write", code);
  return WriteTransaction(transaction, this);
}

Result<void> Lmdb::Sync() {
  int code = mdb_env_sync(environment_.get(), 1);
  if (code == EIO && IsDiskFull(directory_)) code = ENOSPC;
  if (code != 0) return LmdbError("sync", code);
  return {};
}

std::uint64_t ReadTransaction::version() const { return mdb_txn_id(transaction_.get()); }

std::uint64_t Lmdb::Version() const {
  MDB_envinfo info;
  mdb_env_info(environment_.get(), &info);
  return info.me_last_txnid;
}

int Lmdb::DropDeadReaders() {
  int dead = 0;
  mdb_reader_check(environment_.get(), &dead);
  return dead;
}

}  // namespace cityid

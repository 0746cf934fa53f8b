#include "ledger/store/lmdb.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "codec/named.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

static_assert(sizeof(std::size_t) == 8, "LMDB maps the whole ledger: it needs 64-bit addresses");

constexpr unsigned kMaxReaders = 510;
constexpr std::size_t kDefaultMap = std::size_t{64} << 30;

bool Creates(Lmdb::Mode mode) { return mode == Lmdb::Mode::kCreate || mode == Lmdb::Mode::kBulk; }

/// Returns what an operator can do about an error of LMDB.
const char* AdviceOn(int code) {
  switch (code) {
    case MDB_MAP_FULL:
      return "; start serve, witness or follow with a larger map-size (GiB); nothing was lost";
    case MDB_MAP_RESIZED:
      return "; another process has made it larger than this one can see: start this one again";
    case ENOSPC:
    case EDQUOT:
      return "; free some space and try again, nothing was lost";
    case EFBIG:
      return "; raise the limit of ulimit -f and try again, nothing was lost";
    case ENOMEM:
      return "; it reserves map-size GiB of address space: raise the limit of ulimit -v";
    case EAGAIN:  // LMDB locks a byte of the lock file that has its process's number
      return "; a process with the same number (PID) has it open: containers that share a volume "
             "must share a PID namespace, too (docs/operations.md 11)";
    default:
      return "";
  }
}

Errc KindOf(int code) {
  switch (code) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Errc::kFull;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC:
    case MDB_BAD_TXN:
      return Errc::kCorrupt;
    case MDB_VERSION_MISMATCH:
      return Errc::kFormat;
    case MDB_READERS_FULL:
    case EAGAIN:
      return Errc::kBusy;
    default:
      return Errc::kIo;
  }
}

Error LmdbError(const std::string& doing, int code) {
  return Error{KindOf(code),
               "ledger: cannot " + doing + ": " + mdb_strerror(code) + AdviceOn(code)};
}

/// LMDB turns a short write into EIO. Returns the error that cut it short.
int CauseOf(int code, const fs::path& directory) {
  constexpr std::uint64_t kLittle = 1 << 20;
  if (code != EIO) return code;
  struct statvfs disk;
  if (::statvfs(directory.c_str(), &disk) == 0 && disk.f_bavail * disk.f_frsize < kLittle)
    return ENOSPC;
  struct rlimit limit;
  struct stat file;
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      ::stat((directory / "data.mdb").c_str(), &file) == 0 &&
      static_cast<std::uint64_t>(file.st_size) + kLittle > limit.rlim_cur)
    return EFBIG;
  return code;
}

/// Opens the data, because LMDB doesn't say which file it can't open, or that one is empty. Errors:
/// kIo; kCorrupt.
Result<void> CheckData(const fs::path& directory, bool read_only) {
  const fs::path path = directory / "data.mdb";
  const FileDescriptor fd(::open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC));
  if (!fd) return SystemError("open", path);
  struct stat status;
  if (::fstat(fd.get(), &status) == 0 && status.st_size == 0) {
    return Error{Errc::kCorrupt,
                 path.string() +
                     " has 0 bytes, so the ledger in it is lost: move the directory "
                     "away, then restore a copy, or follow the log anew"};
  }
  return {};
}

/// Allocates the lock file. LMDB maps it: if it were sparse, a full disk would end the process with
/// SIGBUS.
Result<void> ReserveLockFile(const fs::path& directory, bool read_only) {
  constexpr off_t kLockFile = 64 * 1024;
  const fs::path path = directory / "lock.mdb";
  const FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) {
    // On a read-only disk a reader needs no lock file: nobody can write.
    if (read_only && errno == EROFS) return {};
    return SystemError("open", path);
  }
  errno = ::posix_fallocate(fd.get(), 0, kLockFile);
  if (errno != 0 && errno != EOPNOTSUPP) return SystemError("write", path);
  return {};
}

/// Checks that the database wasn't cut short, which would end the process with SIGBUS, too. Pages
/// at its end that were freed before they were ever written may be missing.
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

using Cursor = std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)>;

/// Visits the pair at which `first` puts the cursor, and those to which `next` moves it on.
Result<void> Walk(MDB_cursor* cursor, MDB_val key, MDB_cursor_op first, MDB_cursor_op next,
                  const ReadTransaction::Visit& visit) {
  MDB_val value;
  int code = mdb_cursor_get(cursor, &key, &value, first);
  for (; code == 0; code = mdb_cursor_get(cursor, &key, &value, next)) {
    const auto goes_on = visit(ToView(key), ToView(value));
    if (!goes_on) return goes_on.error();
    if (!*goes_on) return {};
  }
  if (code != MDB_NOTFOUND) return LmdbError("read", code);
  return {};
}

}  // namespace

void ReadTransaction::Abort::operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
void Lmdb::Close::operator()(MDB_env* environment) const { mdb_env_close(environment); }

const char* NameOf(Table table) {
  static constexpr Named<Table> kNames[] = {
      {Table::kMeta, "meta"},
      {Table::kEntries, "entries"},
      {Table::kTiles, "tiles"},
      {Table::kState, "state"},
      {Table::kMap, "map"},
      {Table::kDrafts, "drafts"},
      {Table::kCheckpoints, "checkpoints"},
      {Table::kPolicies, "policies"},
      {Table::kTerms, "terms"},
      {Table::kHistory, "history"},
      {Table::kInbox, "inbox"},
      {Table::kMakers, "makers"},
      {Table::kRefused, "refused"},
      {Table::kClients, "clients"},
  };
  static_assert(std::size(kNames) == static_cast<std::size_t>(Table::kClients) + 1);
  return NameIn(kNames, table).data();
}

unsigned ReadTransaction::Handle(Table table) const {
  return db_->tables_[static_cast<std::size_t>(table)];
}

Result<std::optional<ByteView>> ReadTransaction::Get(Table table, ByteView key) const {
  MDB_val key_val = ToVal(key);
  MDB_val value;
  const int code = mdb_get(transaction_.get(), Handle(table), &key_val, &value);
  if (code == MDB_NOTFOUND) return std::optional<ByteView>();
  if (code != 0) return LmdbError("read", code);
  return std::optional(ToView(value));
}

Result<void> ReadTransaction::Scan(Table table, ByteView first, const Visit& visit) const {
  MDB_cursor* raw = nullptr;
  const int code = mdb_cursor_open(transaction_.get(), Handle(table), &raw);
  if (code != 0) return LmdbError("read", code);
  const Cursor cursor(raw, mdb_cursor_close);
  return Walk(raw, ToVal(first), first.empty() ? MDB_FIRST : MDB_SET_RANGE, MDB_NEXT, visit);
}

Result<void> ReadTransaction::ScanBack(Table table, ByteView end, const Visit& visit) const {
  MDB_cursor* raw = nullptr;
  const int code = mdb_cursor_open(transaction_.get(), Handle(table), &raw);
  if (code != 0) return LmdbError("read", code);
  const Cursor cursor(raw, mdb_cursor_close);
  if (end.empty()) return Walk(raw, {}, MDB_LAST, MDB_PREV, visit);
  MDB_val key = ToVal(end), value;
  const int found = mdb_cursor_get(raw, &key, &value, MDB_SET_RANGE);
  if (found != 0 && found != MDB_NOTFOUND) return LmdbError("read", found);
  // The cursor stands at the first key that is not visited, or nothing is left out.
  return Walk(raw, {}, found == 0 ? MDB_PREV : MDB_LAST, MDB_PREV, visit);
}

std::uint64_t ReadTransaction::version() const { return mdb_txn_id(transaction_.get()); }

Result<void> WriteTransaction::PutWith(Table table, ByteView key, ByteView value, unsigned flags) {
  MDB_val key_val = ToVal(key);
  MDB_val value_val = ToVal(value);
  const int code = mdb_put(transaction_.get(), Handle(table), &key_val, &value_val, flags);
  if (code == MDB_KEYEXIST) return Error{Errc::kUsage, "ledger: a key is out of order"};
  if (code != 0) return LmdbError("write", code);
  return {};
}

Result<void> WriteTransaction::Put(Table table, ByteView key, ByteView value) {
  return PutWith(table, key, value, 0);
}

Result<bool> WriteTransaction::PutIfAbsent(Table table, ByteView key, ByteView value) {
  const auto old = Get(table, key);
  if (!old) return old.error();
  if (*old) return false;
  if (const auto put = Put(table, key, value); !put) return put.error();
  return true;
}

Result<void> WriteTransaction::Append(Table table, ByteView key, ByteView value) {
  return PutWith(table, key, value, MDB_APPEND);
}

Result<void> WriteTransaction::Remove(Table table, ByteView key) {
  MDB_val key_val = ToVal(key);
  const int code = mdb_del(transaction_.get(), Handle(table), &key_val, nullptr);
  if (code != 0 && code != MDB_NOTFOUND) return LmdbError("write", code);
  return {};
}

Result<void> WriteTransaction::Clear(Table table) {
  constexpr int kEmpty = 0;  // instead of deleting the table itself
  const int code = mdb_drop(transaction_.get(), Handle(table), kEmpty);
  if (code != 0) return LmdbError("write", code);
  return {};
}

Result<void> WriteTransaction::Commit() && {
  const int code = mdb_txn_commit(transaction_.release());
  if (code != 0) return LmdbError("commit", CauseOf(code, db_->directory_));
  return {};
}

Result<void> Lmdb::TakeWriterLock() {
  const fs::path path = directory_ / "writer.lock";
  lock_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock_) return SystemError("open", path);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return SystemError("lock", path);
  return Error{Errc::kBusy, directory_.string() + " is being written by another process"};
}

Result<void> Lmdb::OpenEnvironment(Mode mode, std::size_t map_size) {
  if (const auto reserved = ReserveLockFile(directory_, mode == Mode::kRead); !reserved)
    return reserved;
  MDB_env* raw = nullptr;
  int code = mdb_env_create(&raw);
  if (code != 0) return LmdbError("start", code);
  environment_.reset(raw);
  mdb_env_set_maxdbs(raw, kMaxTables);
  mdb_env_set_maxreaders(raw, kMaxReaders);
  mdb_env_set_mapsize(raw, map_size);  // 0: what the database had
  // NOTLS: a transaction belongs to its object, not to the thread that made it.
  const unsigned flags = MDB_NOTLS | (mode == Mode::kRead ? unsigned{MDB_RDONLY} : 0u) |
                         (mode == Mode::kBulk ? unsigned{MDB_NOSYNC} : 0u);
  code = mdb_env_open(raw, directory_.c_str(), flags, 0644);
  MDB_envinfo info = {};
  if (code == 0) mdb_env_info(raw, &info);
  if (code == 0 && map_size == 0 && info.me_mapsize < kDefaultMap)
    code = mdb_env_set_mapsize(raw, kDefaultMap);
  if (code != 0) return LmdbError("open " + directory_.string(), CauseOf(code, directory_));
  return CheckSize(raw, directory_);
}

Result<void> Lmdb::OpenTables(Mode mode, std::initializer_list<Table> tables) {
  const std::string doing = "open " + directory_.string();
  MDB_txn* transaction = nullptr;
  const unsigned begin_flags = mode == Mode::kRead ? unsigned{MDB_RDONLY} : 0u;
  int code = mdb_txn_begin(environment_.get(), nullptr, begin_flags, &transaction);
  if (code != 0) return LmdbError(doing, code);
  for (const Table table : tables) {
    code = mdb_dbi_open(transaction, NameOf(table), Creates(mode) ? unsigned{MDB_CREATE} : 0u,
                        &tables_[static_cast<std::size_t>(table)]);
    if (code == 0) continue;
    mdb_txn_abort(transaction);
    if (code != MDB_NOTFOUND) return LmdbError(doing, code);
    return Error{Errc::kFormat,
                 directory_.string() + " is a database, but not a ledger of this program"};
  }
  // The commit keeps the handles of the tables, also if nothing was written.
  code = mdb_txn_commit(transaction);
  if (code != 0) return LmdbError(doing, CauseOf(code, directory_));
  return {};
}

Result<Lmdb> Lmdb::Open(const fs::path& directory, Mode mode, std::initializer_list<Table> tables,
                        std::size_t map_size) {
  std::error_code error;
  if (Creates(mode)) {
    fs::create_directories(directory, error);
    if (error)
      return Error{Errc::kIo, "cannot create " + directory.string() + ": " + error.message()};
  } else if (!fs::exists(directory / "data.mdb", error) && !error) {
    return Error{
        Errc::kFormat,
        directory.string() +
            " is not a ledger directory; make one with: cityid demo, or cityid ledger init"};
  } else if (const auto checked = CheckData(directory, mode == Mode::kRead); !checked) {
    return checked.error();
  }
  Lmdb db;
  db.directory_ = directory;
  if (mode != Mode::kRead) {
    if (const auto locked = db.TakeWriterLock(); !locked) return locked.error();
  }
  if (const auto opened = db.OpenEnvironment(mode, map_size); !opened) return opened.error();
  if (const auto opened = db.OpenTables(mode, tables); !opened) return opened.error();
  return db;
}

Result<ReadTransaction> Lmdb::Read() const {
  MDB_txn* transaction = nullptr;
  const int code = mdb_txn_begin(environment_.get(), nullptr, MDB_RDONLY, &transaction);
  if (code != 0) return LmdbError("read", code);
  ReadTransaction read(transaction, this);
  // A commit writes the data, then the lock file. If the lock file is ahead, somebody writes to
  // other data than those that are mapped here.
  if (read.version() > Version()) {
    return Error{Errc::kIo, directory_.string() +
                                ": another process writes to another data.mdb than this one has "
                                "open. It was replaced, or it is in the layer of a container "
                                "(overlay): keep it on a volume, and start this process again"};
  }
  return read;
}

Result<WriteTransaction> Lmdb::Write() {
  // The slot of a process that died keeps pages from being used again.
  mdb_reader_check(environment_.get(), nullptr);
  MDB_txn* transaction = nullptr;
  const int code = mdb_txn_begin(environment_.get(), nullptr, 0, &transaction);
  if (code != 0) return LmdbError("write", code);
  return WriteTransaction(transaction, this);
}

Result<void> Lmdb::Sync() {
  const int code = mdb_env_sync(environment_.get(), 1);
  if (code != 0) return LmdbError("sync", CauseOf(code, directory_));
  return {};
}

std::uint64_t Lmdb::Version() const {
  MDB_envinfo info;
  mdb_env_info(environment_.get(), &info);
  return info.me_last_txnid;
}

std::uint64_t Lmdb::OldestRead() const {
  mdb_reader_check(environment_.get(), nullptr);
  std::uint64_t oldest = Version();
  // A line a reader: process, thread, and the transaction that it reads, or "-".
  const auto visit = [](const char* line, void* least) {
    unsigned long long version = 0;
    if (std::sscanf(line, "%*d %*x %llu", &version) == 1) {
      auto& found = *static_cast<std::uint64_t*>(least);
      found = std::min<std::uint64_t>(found, version);
    }
    return 0;
  };
  mdb_reader_list(environment_.get(), visit, &oldest);
  return oldest;
}

}  // namespace cityid

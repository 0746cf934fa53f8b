// LMDB as the ledger uses it: named tables, one writer, transactions that end by themselves.
// Internal to ledger/store/.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>

#include "codec/bytes.h"
#include "codec/files/file.h"
#include "codec/result.h"

struct MDB_env;
struct MDB_txn;

namespace cityid {

/// The tables of a ledger directory (docs/ledger-format.md 6), and that of an inbox directory.
enum class Table : std::uint8_t {
  kMeta,
  kEntries,
  kTiles,
  kState,
  kMap,
  kDrafts,
  kCheckpoints,
  kPolicies,
  kTerms,
  kHistory,
  kInbox,
  kMakers,
  kRefused,
  kClients,
};

/// Returns the name of a table in the database.
const char* NameOf(Table table);

class Lmdb;

/// A consistent view of the database. Views into it are valid until it is destroyed. Not
/// thread-safe, but it may move between threads.
class ReadTransaction {
 public:
  /// Is called with each pair; returns false to stop, or an error that ends the scan.
  using Visit = std::function<Result<bool>(ByteView key, ByteView value)>;

  /// Returns the value of a key; nothing if there is none. Errors: kCorrupt, kIo.
  Result<std::optional<ByteView>> Get(Table table, ByteView key) const;

  /// Visits the pairs from key `first` on, in order of keys. Errors: kCorrupt; kIo; those of
  /// `visit`.
  Result<void> Scan(Table table, ByteView first, const Visit& visit) const;

  /// Visits the pairs from the last to the first; those before key `end`, unless that is empty.
  /// Errors: those of `Scan`.
  Result<void> ScanBack(Table table, ByteView end, const Visit& visit) const;

  /// Returns `Lmdb::Version` as it was when the transaction began.
  std::uint64_t version() const;

 protected:
  friend class Lmdb;
  struct Abort {
    void operator()(MDB_txn* transaction) const;
  };
  ReadTransaction(MDB_txn* transaction, const Lmdb* db) : transaction_(transaction), db_(db) {}
  unsigned Handle(Table table) const;
  std::unique_ptr<MDB_txn, Abort> transaction_;
  const Lmdb* db_;
};

/// The one write transaction. Destroyed without `Commit`, it changes nothing.
class WriteTransaction : public ReadTransaction {
 public:
  /// Adds or replaces a pair. Errors: kFull, kIo, kCorrupt.
  Result<void> Put(Table table, ByteView key, ByteView value);

  /// Adds a pair unless the key is there. Returns true if it was added. Errors: kFull, kIo,
  /// kCorrupt.
  Result<bool> PutIfAbsent(Table table, ByteView key, ByteView value);

  /// Adds a pair after all others of the table, much faster than `Put`, and fills the pages.
  /// Errors: those of `Put`; kUsage if the key is not the last in order.
  Result<void> Append(Table table, ByteView key, ByteView value);

  /// Removes a key if it is there. Errors: kFull, kIo, kCorrupt.
  Result<void> Remove(Table table, ByteView key);

  /// Removes all pairs of a table. Errors: kFull, kIo, kCorrupt.
  Result<void> Clear(Table table);

  /// Writes everything to disk. Consumes the transaction, also if it fails. Errors: kFull, kIo.
  Result<void> Commit() &&;

 private:
  friend class Lmdb;
  using ReadTransaction::ReadTransaction;
  Result<void> PutWith(Table table, ByteView key, ByteView value, unsigned flags);
};

/// An open database. Open a directory only once in a process. Thread-safe; don't move it once it
/// has transactions.
class Lmdb {
 public:
  enum class Mode {
    kRead,
    kWrite,   ///< takes the writer's lock
    kCreate,  ///< also creates what is missing of directory, database and tables
    kBulk,    ///< also writes nothing durably before `Sync`: for data that can be made anew
  };

  /// Opens a database. `map_size` bytes of address space are reserved: the bound on its size. 0:
  /// the most that it was ever written with, at least 64 GiB. Errors: kFormat if there is no
  /// database; kBusy if another process holds the writer's lock, or has the same number as this one
  /// in another PID namespace; kIo; kFull; kCorrupt.
  static Result<Lmdb> Open(const std::filesystem::path& directory, Mode mode,
                           std::initializer_list<Table> tables, std::size_t map_size = 0);

  /// Errors: kBusy; kIo, also if another process writes to another file than the one opened here.
  Result<ReadTransaction> Read() const;
  /// Frees the reader slots of processes that died, too. Errors: kIo, kCorrupt.
  Result<WriteTransaction> Write();

  /// Writes everything to disk. Errors: kFull, kIo.
  Result<void> Sync();

  /// Returns a number that grows with every commit of any process. Makes no system call.
  std::uint64_t Version() const;

  /// Returns the least version that any living reader of any process still reads; `Version()` if
  /// nobody reads.
  std::uint64_t OldestRead() const;

 private:
  friend class ReadTransaction;
  friend class WriteTransaction;
  struct Close {
    void operator()(MDB_env* environment) const;
  };
  Lmdb() = default;
  Result<void> TakeWriterLock();
  Result<void> OpenEnvironment(Mode mode, std::size_t map_size);
  Result<void> OpenTables(Mode mode, std::initializer_list<Table> tables);

  static constexpr std::size_t kMaxTables = 16;  // more than there are
  std::filesystem::path directory_;
  FileDescriptor lock_;
  std::unique_ptr<MDB_env, Close> environment_;
  std::array<unsigned, kMaxTables> tables_ = {};
};

}  // namespace cityid

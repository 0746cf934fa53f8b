// LMDB as we use it: a few named tables, one writer, transactions that end by themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>

#include "codec/bytes.h"
#include "codec/file.h"
#include "codec/result.h"

struct MDB_env;
struct MDB_txn;

namespace cityid {

/// The tables of a ledger directory (docs/ledger-format.md 6); `kInbox` stands alone in the
/// inbox's.
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
};
inline constexpr std::size_t kTables = 11;

class Lmdb;

/// A consistent view of the database. Views into it are valid until it ends. Not thread-safe, but
/// may move between threads.
class ReadTransaction {
 public:
  /// Errors: kCorrupt, kIo; absence is no error.
  Result<std::optional<ByteView>> Get(Table table, ByteView key) const;

  /// Calls `visit` for each pair from `first` on in order of keys, until it returns false.
  Result<void> Scan(Table table, ByteView first,
                    const std::function<bool(ByteView key, ByteView value)>& visit) const;

  /// `Lmdb::Version` of what it sees.
  std::uint64_t version() const;

 protected:
  friend class Lmdb;
  struct Abort {
    void operator()(MDB_txn* transaction) const;
  };
  ReadTransaction(MDB_txn* transaction, const Lmdb* db) : transaction_(transaction), db_(db) {}
  std::unique_ptr<MDB_txn, Abort> transaction_;
  const Lmdb* db_;
};

/// The one write transaction; dropped without `Commit`, it never was.
class WriteTransaction : public ReadTransaction {
 public:
  /// Replaces or adds. Errors: kFull, kIo, kCorrupt.
  Result<void> Put(Table table, ByteView key, ByteView value);

  /// Adds what stands behind every key of the table: much faster, and pages are filled. Errors:
  /// also kUsage if it doesn't.
  Result<void> Append(Table table, ByteView key, ByteView value);

  /// Removes the key if it is there. Errors: kFull, kIo, kCorrupt.
  Result<void> Remove(Table table, ByteView key);

  /// When it returns success, everything is on disk. Consumes the transaction either way.
  /// Errors: kFull, kIo.
  Result<void> Commit() &&;

 private:
  friend class Lmdb;
  using ReadTransaction::ReadTransaction;
};

/// An open environment; open each directory once a process. Thread-safe; movable before use.
class Lmdb {
 public:
  enum class Mode { kRead, kWrite, kCreate, kBulk };

  /// `kWrite` and `kCreate` take the writer's lock (kBusy if somebody has it); `kCreate` makes what
  /// is missing of directory, database and `tables`; `kBulk` too, and nothing is durable until
  /// `Sync`: for what can be made anew. Reserves `map_size` bytes of
  /// address space, the bound on the database's size. Errors: kFormat if there is no database;
  /// kBusy; kIo; kFull; kCorrupt.
  static Result<Lmdb> Open(const std::filesystem::path& directory, Mode mode,
                           std::initializer_list<Table> tables,
                           std::size_t map_size = std::size_t{64} << 30);

  Result<ReadTransaction> Read() const;
  Result<WriteTransaction> Write();

  /// Puts everything on disk. Errors: kFull, kIo.
  Result<void> Sync();

  /// Counts up with every commit of any process. Costs no system call.
  std::uint64_t Version() const;

  /// Frees the slots of readers that died; returns how many there were.
  int DropDeadReaders();

 private:
  friend class ReadTransaction;
  friend class WriteTransaction;
  struct Close {
    void operator()(MDB_env* environment) const;
  };
  Lmdb() = default;
  std::filesystem::path directory_;
  FileDescriptor lock_;
  std::unique_ptr<MDB_env, Close> environment_;
  unsigned tables_[kTables] = {};
};

}  // namespace cityid

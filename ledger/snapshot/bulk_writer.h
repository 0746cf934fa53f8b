// Fills an empty database with many rows, and builds a state map in it. Internal to ledger/store/.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/lmdb.h"
#include "ledger/tlog/map.h"

namespace cityid {

/// Writes rows, some ten thousand in a transaction. Errors of all calls: kStopped once `stop` is
/// requested; those of the database.
class BulkWriter {
 public:
  explicit BulkWriter(Lmdb& db, std::stop_token stop = {}) : db_(db), stop_(std::move(stop)) {}
  Result<void> Put(Table table, ByteView key, ByteView value);
  /// Adds a row after all others of the table.
  Result<void> Append(Table table, ByteView key, ByteView value);
  /// Commits the rows that are not committed yet.
  Result<void> Flush();

 private:
  Result<WriteTransaction*> Begin();
  Result<void> CountRow();

  Lmdb& db_;
  std::stop_token stop_;
  std::optional<WriteTransaction> transaction_;
  std::size_t rows_ = 0;
};

/// Builds the map of these leaves on one core, writes its nodes on another, and returns its root.
/// Errors: those of the database.
Result<MapHash> BuildMap(BulkWriter& writer, std::vector<MapChange> leaves);

}  // namespace cityid

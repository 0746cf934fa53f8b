// Fills an empty database with many rows, and builds a state map in it. Internal to ledger/store/.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/lmdb.h"
#include "ledger/tlog/map.h"

namespace cityid {

/// Writes rows, some ten thousand in a transaction.
class BulkWriter {
 public:
  explicit BulkWriter(Lmdb& db) : db_(db) {}
  Result<void> Put(Table table, ByteView key, ByteView value);
  /// Adds a row after all others of the table.
  Result<void> Append(Table table, ByteView key, ByteView value);
  /// Commits the rows that are not committed yet.
  Result<void> Flush();

 private:
  Result<WriteTransaction*> Begin();
  Result<void> CountRow();

  Lmdb& db_;
  std::optional<WriteTransaction> transaction_;
  std::size_t rows_ = 0;
};

/// Builds the map of these leaves on one core, writes its nodes on another, and returns its root.
/// Errors: those of the database.
Result<MapHash> BuildMap(BulkWriter& writer, std::vector<MapChange> leaves);

}  // namespace cityid

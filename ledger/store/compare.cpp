#include "ledger/store/compare.h"

#include "ledger/store/lmdb.h"

namespace cityid {
namespace {

Result<std::uint64_t> CountRows(const LedgerView& ledger, Table table) {
  std::uint64_t rows = 0;
  const auto scanned = ledger.rows().Scan(table, {}, [&](ByteView, ByteView) {
    ++rows;
    return true;
  });
  if (!scanned) return scanned.error();
  return rows;
}

Result<void> CompareTable(const LedgerView& ledger, const LedgerView& replayed, Table table) {
  const std::string what = std::string("ledger: table ") + NameOf(table);
  const auto scanned =
      ledger.rows().Scan(table, {}, [&](ByteView key, ByteView value) -> Result<bool> {
        const auto other = replayed.rows().Get(table, key);
        if (!other) return other.error();
        if (*other && Equal(**other, value)) return true;
        return Error{Errc::kCorrupt,
                     what + ", key " + Hex(key) + ": it does not follow from the log"};
      });
  if (!scanned) return scanned;
  const auto rows = CountRows(ledger, table);
  if (!rows) return rows.error();
  const auto expected = CountRows(replayed, table);
  if (!expected) return expected.error();
  if (*rows == *expected) return {};
  return Error{Errc::kCorrupt, what + " lacks " + std::to_string(*expected - *rows) + " of its " +
                                   std::to_string(*expected) + " rows"};
}

}  // namespace

Result<void> CompareTables(const LedgerView& ledger, const LedgerView& replayed) {
  // What was made by another folding is made anew by the next program that writes.
  const auto searchable = ledger.HasTerms();
  if (!searchable) return searchable.error();
  for (const Table table : {Table::kEntries, Table::kTiles, Table::kState, Table::kMap,
                            Table::kDrafts, Table::kTerms, Table::kHistory}) {
    if (table == Table::kTerms && !*searchable) continue;
    if (const auto same = CompareTable(ledger, replayed, table); !same) return same;
  }
  return {};
}

Result<std::uint64_t> CountStateKeys(const LedgerView& ledger) {
  return CountRows(ledger, Table::kState);
}

}  // namespace cityid

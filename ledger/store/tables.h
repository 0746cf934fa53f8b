// The keys and values of a ledger directory's tables (docs/ledger-format.md 6). Internal to
// ledger/store/.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "ledger/record/fields.h"
#include "ledger/state/ledger.h"
#include "ledger/store/lmdb.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

inline constexpr std::initializer_list<Table> kLedgerTables = {
    Table::kMeta,   Table::kEntries,     Table::kTiles,    Table::kState, Table::kMap,
    Table::kDrafts, Table::kCheckpoints, Table::kPolicies, Table::kTerms, Table::kHistory};

// Keys of the table `meta`.
inline const ByteView kFormatKey = AsBytes("format");
inline const ByteView kHeadKey = AsBytes("head");
inline const ByteView kPendingKey = AsBytes("pending");
inline const ByteView kEvidenceKey = AsBytes("evidence");
inline const ByteView kTrustKey = AsBytes("trust");
inline const ByteView kTermsKey = AsBytes("terms");

/// The value under `kPendingKey`.
struct StoredBatch {
  std::vector<Bytes> entries;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "entries", s.entries);
  }
};

/// The value under `kHeadKey`.
struct StoredHead {
  std::uint64_t size = 0;
  RootHash root;
  MapHash map;
  std::int64_t rules_time = 0;
  std::int64_t time = 0;
  std::uint64_t base = 0;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "size", s.size);
    f(2, "root", s.root);
    f(3, "map", s.map);
    f(4, "rules_time", s.rules_time);
    f(5, "time", s.time);
    f(6, "base", s.base);
  }
};

/// The value under `kTermsKey`: what the table `terms` was made by, for which head, and how far. It
/// holds if folding and head are those of this program and of the ledger; it is complete if there
/// is no `next`, the key in the state of the first identifier whose terms are still to be made.
struct StoredTerms {
  std::string folding;
  std::uint64_t size = 0;
  std::optional<Bytes> next = {};

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "folding", s.folding);
    f(2, "size", s.size);
    f(3, "next", s.next);
  }
};

inline Bytes EncodeHead(const Head& head) {
  return EncodeFields(StoredHead{head.size.value, head.root, head.map,
                                 head.rules_time.time_since_epoch().count(),
                                 head.time.time_since_epoch().count(), head.base.value});
}

inline Head EmptyHead() { return Head{TreeSize{0}, EmptyRoot(), EmptyMap(), {}, {}, false, {}}; }

/// Writes a number as a key: big-endian, so that keys have the order of numbers.
inline Bytes NumberKey(std::uint64_t number) {
  Bytes key;
  AppendBigEndian(key, number);
  return key;
}

inline Bytes EntryKey(Index index) { return NumberKey(index.value); }

/// Reads what `EntryKey` writes.
inline Index ReadIndex(ByteView key) { return Index{ReadBigEndian(key)}; }

inline Bytes TileKey(TileId id) {
  Bytes key = {id.level};
  AppendBigEndian(key, id.number);
  return key;
}

}  // namespace cityid

// Keys of the tables of a ledger directory (docs/ledger-format.md 6). Internal to the library.
#pragma once

#include <cstdint>

#include "codec/bytes.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// Big-endian, so that the order of keys is that of numbers.
inline Bytes NumberKey(std::uint64_t number) {
  Bytes key;
  AppendBigEndian(key, number);
  return key;
}

inline Bytes EntryKey(Index index) { return NumberKey(index.value); }

/// The inverse of `EntryKey`. `key` has 8 bytes.
inline Index ReadIndex(ByteView key) { return Index{ReadBigEndian(key)}; }

inline Bytes TileKey(TileId id) {
  Bytes key = {id.level};
  AppendBigEndian(key, id.number);
  return key;
}

}  // namespace cityid

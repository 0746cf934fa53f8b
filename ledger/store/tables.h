// Keys of the tables of a ledger directory (docs/ledger-format.md 6). Internal to the library.
#pragma once

#include <cstdint>

#include "codec/bytes.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// Big-endian, so that the order of keys is that of numbers.
inline void AppendBig64(Bytes& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

inline Bytes NumberKey(std::uint64_t number) {
  Bytes key;
  AppendBig64(key, number);
  return key;
}

inline Bytes EntryKey(Index index) { return NumberKey(index.value); }

/// The inverse of `EntryKey`. `key` has 8 bytes.
inline Index ReadIndex(ByteView key) {
  Index index;
  for (const std::uint8_t byte : key) index.value = index.value << 8 | byte;
  return index;
}

inline Bytes TileKey(TileId id) {
  Bytes key = {id.level};
  AppendBig64(key, id.number);
  return key;
}

}  // namespace cityid

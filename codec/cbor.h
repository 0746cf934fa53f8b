// Deterministic CBOR (RFC 8949, 4.2.1): a writer that can't write anything else, and a reader that
// refuses anything else. Our formats have no floating point, no indefinite lengths, no `undefined`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// Appends items to a buffer. The caller keeps map keys in bytewise order of their encodings and
/// counts right; everything else is deterministic by construction.
class CborWriter {
 public:
  CborWriter& Uint(std::uint64_t value) { return Head(0, value); }
  CborWriter& Int(std::int64_t value);
  CborWriter& ByteString(ByteView value);
  CborWriter& Text(std::string_view value);
  CborWriter& Array(std::uint64_t count) { return Head(4, count); }
  CborWriter& Map(std::uint64_t pairs) { return Head(5, pairs); }
  CborWriter& Tag(std::uint64_t tag) { return Head(6, tag); }
  CborWriter& Bool(bool value);
  CborWriter& Null();
  /// Appends bytes that are already one encoded item.
  CborWriter& Encoded(ByteView item);

  const Bytes& bytes() const& { return bytes_; }
  Bytes bytes() && { return std::move(bytes_); }

 private:
  CborWriter& Head(std::uint8_t major, std::uint64_t argument);
  Bytes bytes_;
};

/// Major types as the reader tells them apart.
enum class CborType { kUint, kNegative, kByteString, kText, kArray, kMap, kTag, kBool, kNull };

/// Reads items one after the other from a view that must outlive it and what it returns. Every
/// call either consumes one head (or item) or fails and must not be followed by another.
/// Errors: kMalformed for what is truncated, not shortest, not UTF-8, out of order, indefinite or
/// floating; kTooLarge for nesting deeper than 16.
class CborReader {
 public:
  explicit CborReader(ByteView bytes) : bytes_(bytes) {}

  Result<std::uint64_t> Uint();
  /// Either sign, within 64 bits two's complement.
  Result<std::int64_t> Int();
  Result<ByteView> ByteString();
  /// UTF-8, checked: no overlong forms, no surrogates.
  Result<std::string_view> Text();
  /// The number of items that follow; never more than the bytes left could hold.
  Result<std::uint64_t> Array();
  /// The number of pairs that follow; never more than the bytes left could hold. Order of keys is
  /// the caller's to check, or use `Item`.
  Result<std::uint64_t> Map();
  Result<std::uint64_t> Tag();
  Result<bool> Bool();
  /// The type of the next item, without consuming it.
  Result<CborType> Peek() const;
  /// One whole item of any kind as its encoded bytes, checked to be deterministic throughout, map
  /// keys in order and without duplicates.
  Result<ByteView> Item() { return NestedItem(0); }

  bool AtEnd() const { return position_ == bytes_.size(); }
  /// Succeeds only if nothing is left.
  Result<void> End() const;
  std::size_t position() const { return position_; }

 private:
  struct Head {
    std::uint8_t major;
    std::uint64_t argument;
  };
  Result<Head> ReadHead();
  Result<std::uint64_t> Expect(std::uint8_t major, const char* name);
  Result<ByteView> Take(std::uint64_t length);
  Result<ByteView> NestedItem(int nesting);

  ByteView bytes_;
  std::size_t position_ = 0;
};

/// Reads items one after the other and keeps the first error. After it every item is zero or empty,
/// so that a structure is read without a look at each item: ask `End` or `Finish` before what was
/// read is believed. Loops over a count also stop at `!ok()`. Errors: as `CborReader`.
class CborItems {
 public:
  /// `prefix` stands before what `Fail` says, as "cose: ".
  CborItems(CborReader reader, std::string_view prefix) : reader_(reader), prefix_(prefix) {}

  std::uint64_t Uint() { return Next(&CborReader::Uint); }
  /// A number of at most `most`, or else an error.
  std::uint64_t UintUpTo(std::uint64_t most, std::string_view otherwise);
  std::int64_t Int() { return Next(&CborReader::Int); }
  ByteView ByteString() { return Next(&CborReader::ByteString); }
  std::string_view Text() { return Next(&CborReader::Text); }
  std::uint64_t Array() { return Next(&CborReader::Array); }
  std::uint64_t Map() { return Next(&CborReader::Map); }
  std::uint64_t Tag() { return Next(&CborReader::Tag); }
  ByteView Item() { return Next(&CborReader::Item); }
  CborType Peek() { return ok() ? Keep(reader_.Peek()) : CborType(); }

  /// Keeps an error, unless there is one.
  void Fail(Error error);
  /// The same for kMalformed.
  void Fail(std::string_view what);
  bool ok() const { return !error_.has_value(); }
  const std::optional<Error>& error() const { return error_; }

  /// Succeeds if there was no error, and nothing is left.
  Result<void> End() const;
  /// Returns what was read from the items, if `End` succeeds.
  template <class T>
  Result<T> Finish(T read) const {
    if (const auto end = End(); !end) return end.error();
    return read;
  }

 private:
  template <class T>
  T Next(Result<T> (CborReader::*read)()) {
    return ok() ? Keep((reader_.*read)()) : T();
  }
  template <class T>
  T Keep(const Result<T>& item) {
    if (!item) error_ = item.error();
    return item ? *item : T();
  }

  CborReader reader_;
  std::string_view prefix_;
  std::optional<Error> error_;
};

}  // namespace cityid

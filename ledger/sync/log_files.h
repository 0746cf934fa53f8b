// The log as a set of immutable files (C2SP tlog-tiles): their names and contents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/state/ledger.h"

namespace cityid {

/// The name of a hash tile or an entry bundle.
struct LogFile {
  std::optional<std::uint8_t> level;  ///< of a hash tile; nothing for a bundle of entries
  std::uint64_t number = 0;
  std::uint32_t width = kTileWidth;  ///< 1 to 256; a partial file has fewer than 256

  /// Returns the file as wide as it is in a log of `size` entries, which must reach it.
  static LogFile In(TreeSize size, std::optional<std::uint8_t> level, std::uint64_t number);
  /// Writes the path: "tile/0/x001/234.p/5", "tile/entries/000".
  std::string path() const;
  /// Returns true if a log of `size` entries has all of its hashes or entries.
  bool IsIn(TreeSize size) const;
  /// Parses a path without "tile/". Returns nothing for any form that `path` doesn't write.
  static std::optional<LogFile> Parse(std::string_view path);
  friend bool operator==(const LogFile&, const LogFile&) = default;
};

/// Returns the content of a file of the log of `size` entries; nothing if that log has no such
/// file. Errors: those of the ledger.
Result<std::optional<Bytes>> ReadLogFile(const Ledger& ledger, TreeSize size, const LogFile& file);

/// Returns the length of a file that the ledger has, without reading its content. Errors: those of
/// the ledger.
Result<std::uint64_t> LogFileLength(const Ledger& ledger, const LogFile& file);

/// Returns every file of a log of `size` entries that a log of `old_size` doesn't have.
std::vector<LogFile> LogFilesSince(TreeSize old_size, TreeSize size);

/// Parses a bundle of exactly `width` entries. Errors: kMalformed, kTooLarge.
Result<std::vector<ByteView>> ParseBundle(ByteView bundle, std::uint32_t width);

/// The bound on a bundle of records, in bytes.
inline constexpr std::size_t kMaxBundle = kTileWidth * (2 + 32 * 1024);

}  // namespace cityid

// The log as a finite set of immutable files (C2SP tlog-tiles): their names, and their contents out
// of a ledger.
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

/// One hash tile or entry bundle.
struct LogFile {
  std::optional<std::uint8_t> level;  ///< of hashes; nothing for a bundle of entries
  std::uint64_t number = 0;
  std::uint32_t width = kTileWidth;  ///< 1 to 256; below that the file is partial

  /// "tile/0/x001/234.p/5", "tile/entries/000".
  std::string path() const;
  /// The inverse, of what stands behind "tile/"; nothing for any other spelling.
  static std::optional<LogFile> Parse(std::string_view path);
  friend bool operator==(const LogFile&, const LogFile&) = default;
};

/// The content of a file of the log of `size` entries; nothing if this log has no such file.
/// Errors: those of the ledger.
Result<std::optional<Bytes>> ReadLogFile(const Ledger& ledger, TreeSize size, const LogFile& file);

/// Every file of a log of `size` entries that one of `old_size` did not have.
std::vector<LogFile> LogFilesSince(TreeSize old_size, TreeSize size);

/// The entries of a bundle. Errors: kMalformed unless it holds exactly `width` entries and nothing
/// else; kTooLarge.
Result<std::vector<ByteView>> ParseBundle(ByteView bundle, std::uint32_t width);

/// The most that a bundle of records can take.
inline constexpr std::size_t kMaxBundle = kTileWidth * (2 + 32 * 1024);

}  // namespace cityid

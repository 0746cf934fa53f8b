// Exports a log as files that any web server or object store can serve (docs/replica.md 6).
#pragma once

#include <cstddef>
#include <filesystem>

#include "codec/result.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

/// How an exported file is compared with what it must hold.
enum class ExportCheck { kLength, kContent };

/// How many files an export wrote.
struct Exported {
  std::size_t written = 0;
  std::size_t repaired =
      0;  ///< of these: an earlier export wrote them, but they were gone or wrong
};

/// Makes a directory hold the log: looks at every file, writes those that are missing, replaces
/// those that are wrong, and the checkpoint last. A reader sees the old file or the new one, never
/// a part. Errors: kNotFound if the ledger has no checkpoint; kRefused if the ledger began with a
/// snapshot, or the directory has another log or more of this one; kIo; kFull; kCorrupt.
Result<Exported> ExportLog(const LedgerView& ledger, const std::filesystem::path& directory,
                           ExportCheck check = ExportCheck::kLength);

}  // namespace cityid

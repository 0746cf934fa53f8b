// Trust files on disk, and state files, which keep the newest head that was seen.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/proof/trust_file.h"

namespace cityid::cli {

/// Reads a trust file. Errors: those of reading and of `TrustFile::Parse`.
Result<TrustFile> ReadTrustFile(const std::string& path);

/// Warns of a trust file's time that is ahead of `now`: a clock was wrong then, or is now. `path`
/// is its name.
void WarnIfAhead(const TrustFile& file, const std::string& path, std::chrono::sys_seconds now);

/// Reads a trust file for a ledger that has to reach it: without a time that is ahead.
Result<TrustFile> ReadTrustFile(const std::string& path, std::chrono::sys_seconds now);

/// Writes a trust file. Errors: those of writing.
Result<void> WriteTrustFile(const std::string& path, const TrustFile& file);

/// Reads the head in a state file. Returns nothing if `path` is empty or there is no such file yet.
Result<std::optional<KeptHead>> ReadKeptHead(const std::string& path);

/// Writes what is to be kept to a state file. Does nothing if `path` is empty.
Result<void> KeepHead(const std::string& path, const KeptHead& kept);

}  // namespace cityid::cli

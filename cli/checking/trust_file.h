// Trust files on disk: tlog-policy text, with a comment that says when it was last confirmed. And
// state files, which keep the newest head that was seen.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/proof/trust.h"

namespace cityid::cli {

/// A trust file, and the time of the last checkpoint that satisfied it, if its comment says one.
struct TrustFile {
  Trust trust;
  std::optional<std::chrono::sys_seconds> confirmed;
};

/// Reads a trust file. Errors: kMalformed for its comment; those of reading and of `Trust::Parse`.
Result<TrustFile> ReadTrustFile(const std::string& path);

/// Writes a trust file of policy `version`. Errors: those of writing.
Result<void> WriteTrustFile(const std::string& path, const Trust& trust, std::uint64_t version,
                            std::chrono::sys_seconds confirmed);

/// Reads the head in a state file. Returns nothing if `path` is empty or there is no such file yet.
Result<std::optional<KeptHead>> ReadKeptHead(const std::string& path);

/// Writes a head, checked against the one before, to a state file. Does nothing if `path` is empty.
Result<void> KeepHead(const std::string& path, const Checkpoint& checkpoint);

}  // namespace cityid::cli

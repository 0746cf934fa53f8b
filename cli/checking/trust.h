// Trust files on disk: tlog-policy text, with a comment that says when it was last confirmed.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/proof/trust.h"
#include "ledger/sync/source.h"

namespace cityid::cli {

struct TrustFile {
  Trust trust;
  /// When a checkpoint last satisfied it, by its own comment; nothing without one.
  std::optional<std::chrono::sys_seconds> confirmed;
};

/// Errors: those of reading and of `Trust::Parse`.
Result<TrustFile> ReadTrustFile(const std::string& path);

/// Errors: those of writing.
Result<void> WriteTrustFile(const std::string& path, const Trust& trust, std::uint64_t version,
                            std::chrono::sys_seconds confirmed);

/// The head kept in a state file; nothing if there is no such file yet, or `path` is empty.
Result<std::optional<KeptHead>> ReadKeptHead(const std::string& path);

/// Keeps a head that was checked against the one before it. Nothing if `path` is empty.
Result<void> KeepHead(const std::string& path, const Checkpoint& checkpoint);

/// Where proofs and policies come from: a ledger directory, a directory of files, or a resolver.
struct ProofSource {
  std::unique_ptr<Replica> replica;
  std::unique_ptr<LedgerView> view;
  std::unique_ptr<Source> source;
};

/// `location`: a URL, a ledger directory, or a directory of exported files. Errors: those of
/// opening.
Result<ProofSource> OpenSource(const std::string& location);

}  // namespace cityid::cli

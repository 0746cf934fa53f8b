// Answers that can be checked: the resolver runs on a ledger and notes what it read; a reader runs
// the same on what a document proves of it (docs/proof.md).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/store/replica.h"
#include "resolver/answer/resolve.h"

namespace cityid {

/// The proof of what `Resolve` answers to the query. `about` is the path of the identifier or code.
/// Errors: kNotFound if the head has no checkpoint; kUsage if `since` is larger than the log; those
/// of the ledger.
Result<Bytes> Prove(const std::string& about, const LedgerView& ledger,
                    std::chrono::sys_seconds now, const std::optional<TreeSize>& since = {});

/// "ID" or "ID/digits" as a query.
Query QueryAbout(const std::string& about);

/// What a document proves, and the answer that follows from it.
struct CheckedAnswer {
  Answer answer;
  TrustedCheckpoint checkpoint;
};

/// Verifies a document and answers `query` from it; without one, the query that the document says
/// it is about. Errors: those of `ProvenState::Open`; kForged if it doesn't reach the answer.
Result<CheckedAnswer> CheckAnswer(ByteView document, const std::optional<Query>& query,
                                  const Trust& trust, const AgeLimits& limits,
                                  std::chrono::sys_seconds now,
                                  const std::optional<KeptHead>& kept = {});

}  // namespace cityid

// Proofs of answers: the resolver runs on a ledger and notes what it read (docs/proof.md).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/replica.h"
#include "resolver/answer/check.h"

namespace cityid {

/// Returns the head's checkpoint as a document carries it: with one line of the log and the newest
/// cosignatures that make the quorum. `since`: the size of the log with which the document proves
/// consistency. Errors: kNotFound if the head has no checkpoint, or if the replica began with a
/// snapshot after that size; those of the ledger.
Result<std::string> NoteForProof(const LedgerView& ledger, std::chrono::sys_seconds now,
                                 const std::optional<TreeSize>& since);

/// Proves what `Resolve` answers. `about`: the path of the identifier or code, without the first
/// slash. `since`: also prove consistency with the log of this size. Errors: kNotFound if the head
/// has no checkpoint; kUsage if `since` is larger than the log; those of the ledger.
Result<Bytes> Prove(const std::string& about, const LedgerView& ledger,
                    std::chrono::sys_seconds now, const std::optional<TreeSize>& since = {});

}  // namespace cityid

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

/// Proves what `Resolve` answers. `about`: the path of the identifier or code, without the first
/// slash. `since`: also prove consistency with the log of this size. Errors: kNotFound if the head
/// has no checkpoint; kUsage if `since` is larger than the log; those of the ledger.
Result<Bytes> Prove(const std::string& about, const LedgerView& ledger,
                    std::chrono::sys_seconds now, const std::optional<TreeSize>& since = {});

}  // namespace cityid

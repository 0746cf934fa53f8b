// Packs: everything of a ledger below a prefix, as one proof document (docs/proof.md 5.1).
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/store/replica.h"
#include "resolver/proving/pack_cache.h"

namespace cityid {

/// Makes the pack of a prefix: everything at and below it, its ancestors, the policy, and all
/// revocations of their keys. `since`: also prove consistency with the log of this size. Errors:
/// kNotFound if the head has no checkpoint; kTooLarge over `kMaxPack`; kUsage if `since` is larger
/// than the log; those of the ledger.
Result<Bytes> MakePack(const Prefix& prefix, const LedgerView& ledger, std::chrono::sys_seconds now,
                       const std::optional<TreeSize>& since = {});

/// Returns the pack from the cache, or makes it and keeps it there. Errors: those of `MakePack`.
/// That it would be too large is kept, too.
Result<std::shared_ptr<const MadePack>> FindPack(const Prefix& prefix, const LedgerView& ledger,
                                                 std::chrono::sys_seconds now,
                                                 const std::optional<TreeSize>& since,
                                                 PackCache& cache);

}  // namespace cityid

// How a witness leaves a tree that it has cosigned, after a fork (docs/release.md 4): it promises
// first, and goes back when nobody can publish that tree any more.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/consortium/journal.h"
#include "ledger/consortium/release.h"
#include "ledger/store/ledger_view.h"
#include "ledger/sync/source.h"

namespace cityid {

/// Refuses a release that gives up what the log has published with a quorum, by `trust`: it would
/// stand still for ever. Errors: kRefused; those of the log.
Result<void> CheckNotPublished(Source& log, const Release& release, const Trust& trust);

/// Promises for the witness with this key never to cosign what the release gives up, and says what
/// it had cosigned. The promise is in the journal before it is returned. `ledger` is the witness's
/// own; call `CheckNotPublished` before. Errors: kRefused if the key is no witness's by `trust`;
/// those of ledger and journal.
Result<std::string> PromiseNever(Journal& journal, const LedgerView& ledger, const Release& release,
                                 const SecretKey& key, const Trust& trust,
                                 std::chrono::sys_seconds now);

/// Checks a release with the promises of others, as notes, for the witness of this journal. Returns
/// true if the journal's tree is given up and may be left for the head of `published`; false if it
/// isn't given up. `ledger` is the witness's own, `published` what the log has published. Errors:
/// kRefused if k institutes have not signed, a promise is missing, this witness has not promised,
/// or the two ledgers don't fit; those of notes and ledgers.
Result<bool> CheckRelease(const Journal& journal, const LedgerView& ledger,
                          const LedgerView& published, const std::vector<std::string>& notes);

}  // namespace cityid

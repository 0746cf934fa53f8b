// How a witness leaves a tree that it has cosigned, after a fork (docs/release.md 4): it promises
// first, and goes back when nobody can publish that tree any more.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/cosigning/journal.h"
#include "ledger/cosigning/release.h"
#include "ledger/store/ledger_view.h"
#include "ledger/sync/source.h"

namespace cityid {

/// Checks that a published ledger has a release's base, and nothing that the release gives up.
/// Errors: kRefused; those of the ledger.
Result<void> CheckFits(const LedgerView& published, const Release& release);

/// Checks that the log has published a release's base with a quorum, by `trust`, and nothing that
/// it gives up: such a log would stand still for ever. Errors: kRefused; those of the log.
Result<void> CheckAgainstLog(Source& log, const Release& release, const Trust& trust);

/// Returns what the witness with this key promises: all that it has promised before, and what the
/// release gives up. `ledger` is the witness's own; call `CheckAgainstLog` before. Errors: kRefused
/// if the ledger lacks the base; kTooLarge; those of the ledger.
Result<Promise> MakePromise(const Journal& journal, const LedgerView& ledger,
                            const Release& release, const PublicKey& key);

/// Signs a promise. It is in the journal before it is returned. Errors: kRefused if the key is no
/// witness's by `trust`; those of the journal.
Result<std::string> SignPromise(Journal& journal, const Promise& promise, const SecretKey& key,
                                const Trust& trust, std::chrono::sys_seconds now);

/// Checks a release with the promises of others, as notes, for the witness of this journal. Returns
/// true if the journal's tree is given up and may be left for the head of `published`; false if it
/// isn't given up. `ledger` is the witness's own, `published` what the log has published. Errors:
/// kRefused if k institutes have not signed, a promise is missing, this witness has not promised,
/// or the two ledgers don't fit; those of notes and ledgers.
Result<bool> CheckRelease(const Journal& journal, const LedgerView& ledger,
                          const LedgerView& published, const std::vector<std::string>& notes);

}  // namespace cityid

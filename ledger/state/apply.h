// The rules of the ledger: what a record changes, or which rule refuses it (docs/ledger-format.md
// 5).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"
#include "ledger/state/authority.h"
#include "ledger/state/state.h"

namespace cityid {

/// The newest version of the rules that this program knows, with which new ledgers begin. A policy
/// puts a version in force.
inline constexpr std::uint64_t kNewestRules = 2;
/// From this version on, texts are judged (docs/ledger-format.md 5.3).
inline constexpr std::uint64_t kRulesOfTexts = 2;

/// What a record changes in the state: new values by their keys. No key is ever removed.
struct Change {
  std::map<Bytes, Bytes> writes;
};

/// What a record would change, and who must sign it. Everything but its signatures was checked.
struct Judgement {
  Change change;
  Requirement requirement;
};

/// The place of a record in the log, or the place that it would have.
struct Placement {
  RecordRef ref;
  std::chrono::sys_seconds time;  ///< the rules' time: that of the last batch before it
};

/// Judges a record without its signatures, which may still be missing. Errors: kRefused, the detail
/// beginning with the rule's name; those of the state (kCorrupt, kIo), which say nothing about the
/// record.
Result<Judgement> Judge(const State& state, const Record& record, const Placement& placement);

/// Checks that this program has the rules which a policy record puts in force. A program without
/// them must stop at that record, and must not sign or accept it. Errors: kUnsupported.
Result<void> CheckRulesVersion(const Record& record);

/// Decides one record: `Judge`, then `CheckSigners` and `CheckRulesVersion`. It depends on nothing
/// but its arguments, so every sequencer, replica and witness decides alike. Errors: those of the
/// three.
Result<Change> Apply(const State& state, const VerifiedRecord& record, Index index,
                     std::chrono::sys_seconds time);

}  // namespace cityid

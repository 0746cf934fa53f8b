// The rules of the ledger: what a record changes, or why it is refused (docs/ledger-format.md 5).
#pragma once

#include <chrono>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/state/authority.h"
#include "ledger/state/state.h"

namespace cityid {

/// One key of the state and its new value. Nothing is ever removed.
struct StateWrite {
  Bytes key;
  Bytes value;
};

/// What a record does to the state, in order of keys.
struct Change {
  std::vector<StateWrite> writes;
};

/// What a record would do, and who must sign it: everything but the signatures is right.
struct Judgement {
  Change change;
  Requirement requirement;
};

/// Where a record stands, or would stand, in the log.
struct Placement {
  RecordRef ref;
  std::chrono::sys_seconds time;  ///< of the rules: that of the last batch before it
};

/// Judges a record without its signatures, as an inbox does while they are still being gathered.
/// Errors: kRefused (kUnsupported for a rules version this program lacks), the detail beginning
/// with the rule's name; anything else (kCorrupt, kIo) is trouble with the state, no verdict.
Result<Judgement> Judge(const State& state, const Record& record, const Placement& placement);

/// Whether this program has the rules that a policy puts in force. What a quorum made the rules
/// must be followed, or not at all, so a program without them stops there; where a policy is still
/// being signed or handed in, that is a reason not to. Errors: kUnsupported.
Result<void> CheckRulesVersion(const Record& record);

/// Decides one record, as every sequencer, replica and witness must: pure, so that all come to the
/// same. `Judge`, and then exactly the required signers. Errors: those of `Judge`.
Result<Change> Apply(const State& state, const VerifiedRecord& record, Index index,
                     std::chrono::sys_seconds time);

}  // namespace cityid

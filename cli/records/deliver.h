// Signing a record and handing it on: to a file, a registry or a ledger.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/records/record_target.h"
#include "cli/records/signing.h"
#include "cli/records/state_source.h"
#include "ledger/record/signed_record.h"
#include "ledger/state/authority.h"

namespace cityid::cli {

/// Writes a signed entry to the target's file, or submits it, and prints what became of it.
Result<int> Send(ByteView entry, const RecordTarget& target, std::chrono::sys_seconds now);

/// Prints what a record in a file lacks, and the command that comes next.
void PrintNext(RecordType type, const Missing& missing, const std::string& file);

/// Completes `record` with log and not-after, signs it with `keys` and those of the target
/// (signing.h), and sends it, unless --json asks only to see it. Errors: those of `SignDraft` and
/// `Send`.
Result<int> Deliver(StateSource source, Record record, const RecordTarget& target,
                    std::vector<KeyFile> keys, std::chrono::sys_seconds now);

}  // namespace cityid::cli

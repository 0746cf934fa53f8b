// What a registry's inbox asks of a record beyond the rules: what it refuses here, the rules of the
// ledger would take.
#pragma once

#include <chrono>

#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

/// Checks how long a record may wait, that its endpoints are public and name no user, and that its
/// names are what they look like. `rules_time`: the ledger's. Errors: kRefused, naming the rule.
Result<void> CheckForInbox(const Record& record, std::chrono::sys_seconds now,
                           std::chrono::sys_seconds rules_time, std::chrono::seconds longest_wait);

/// Refuses a change of the policy whose first checkpoint is never published: nobody could follow
/// it, or it would stop the ledger. Errors: also those of the view.
Result<void> CheckPolicyChange(const LedgerView& view, const Record& record, bool publishes);

}  // namespace cityid

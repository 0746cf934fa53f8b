// Parties without whom a consortium can't go on: a policy that has one is refused unless its maker
// says that this is meant.
#pragma once

#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid::cli {

/// Returns for each party that the policy can't do without who it is and why; empty if there is
/// none.
std::vector<std::string> Indispensable(const Policy& policy);

/// Refuses a policy that can't do without one party, unless `meant` (--indispensable). Errors:
/// kRefused, with who and why.
Result<void> CheckDispensable(const Policy& policy, bool meant);

/// The text of --help for that option.
inline constexpr const char* kIndispensableHelp =
    "Take a policy under which the loss of one party stops the ledger for ever";

}  // namespace cityid::cli

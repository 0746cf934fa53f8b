// The records of a ledger as cityid ledger log prints them.
#pragma once

#include <optional>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/store/replica.h"

namespace cityid::cli {

/// Prints the records about `wanted` and below it, or all of them. `json`: an object for each.
Result<void> PrintLog(const Replica& replica, const std::optional<Prefix>& wanted, bool json);

}  // namespace cityid::cli

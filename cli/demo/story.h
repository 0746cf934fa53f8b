// The demonstration's story: how a city comes into the ledger and what it does there.
#pragma once

#include <chrono>
#include <filesystem>

#include "cli/demo/demo_ledger.h"
#include "codec/result.h"
#include "ledger/consortium/registry.h"

namespace cityid::cli {

/// Tells what has not been told yet: Shijiazhuang applies, two institutes approve, it registers its
/// traffic department and a partner, publishes an endpoint, rotates its code key and revokes a
/// code, which is drawn into `dir/revoked.png`. Errors: those of the registry.
Result<void> TellStory(const std::filesystem::path& dir, const DemoLedger& demo, Registry& registry,
                       std::chrono::sys_seconds now);

}  // namespace cityid::cli

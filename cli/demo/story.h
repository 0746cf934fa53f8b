// The demonstration's story: how a city gets its identifier, and what it does with it.
#pragma once

#include <chrono>
#include <filesystem>

#include "cli/demo/demo_ledger.h"
#include "codec/result.h"
#include "ledger/consortium/registry.h"

namespace cityid::cli {

/// Adds the steps of the story that the ledger doesn't have yet: Shijiazhuang applies, two
/// institutes approve, it registers its traffic department and a partner, publishes an endpoint,
/// rotates its code key and revokes a code, which is drawn into `dir/revoked.png`. Errors: those of
/// the registry.
Result<void> TellStory(const std::filesystem::path& dir, const DemoLedger& demo, Registry& registry,
                       DemoPictures& pictures, std::chrono::sys_seconds now);

}  // namespace cityid::cli

// Making heads public from the command line.
#pragma once

#include "cli/commands.h"
#include "ledger/consortium/publisher.h"
#include "ledger/consortium/registry.h"

namespace cityid::cli {

/// What signs and cosigns on this machine; nothing if no log key is given. Errors: kUsage for
/// witness keys alone; those of the key files.
Result<Registry::Publish> PublishWith(const PublishOptions& options);

/// The same with keys at hand.
Registry::Publish PublishWith(PublisherParts parts);

}  // namespace cityid::cli

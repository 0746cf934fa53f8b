// The options of the subcommands that make, sign and hand in records.
#pragma once

#include <functional>

#include "codec/result.h"

namespace CLI {
class App;
}

namespace cityid::cli {

using Run = std::function<Result<int>()>;

/// Adds the subcommands to `app`; the one that is parsed puts itself into `run`.
void AddRecordCommands(CLI::App& app, Run& run);

}  // namespace cityid::cli

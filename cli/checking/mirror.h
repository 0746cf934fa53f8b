// What the command line calls a mirror: where a log can be read.
#pragma once

#include <memory>
#include <string>

#include "codec/result.h"
#include "ledger/sync/source.h"

namespace cityid::cli {

/// Returns the log at an address, below whose path "/ledger/..." lies, or in a directory of
/// exported files. Nothing is read yet. Errors: kUsage for what is neither. A directory with an
/// absolute path may be missing: perhaps it is mounted later.
Result<std::unique_ptr<Source>> OpenMirror(const std::string& location);

}  // namespace cityid::cli

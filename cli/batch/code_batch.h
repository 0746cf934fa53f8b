// cityid code batch: codes by the thousand, from a list (docs/batch.md).
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddCodeBatch(Command& code);

}  // namespace cityid::cli

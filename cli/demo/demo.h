// cityid demo: from nothing to a scanned, verified city.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

/// `program`: argv[0], for the lines that a person pastes into a terminal.
void AddDemo(Command& top, const char* program);

}  // namespace cityid::cli

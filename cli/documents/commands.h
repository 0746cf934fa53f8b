// The commands of `cityid document`.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddSeal(Command& document);
void AddVerify(Command& document);
void AddRevoke(Command& document);

}  // namespace cityid::cli

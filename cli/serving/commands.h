// The commands that run until they are stopped.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddServe(Command& top);
void AddFollow(Command& top);
void AddWitness(Command& top);

/// ledger adopt
void AddLedgerAdopt(Command& ledger);
/// ledger release
void AddLedgerRelease(Command& ledger);

}  // namespace cityid::cli

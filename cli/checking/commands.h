// The commands that read codes, check proofs, and list records.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddScan(Command& top);
void AddResolve(Command& top);
void AddSearch(Command& top);  ///< search | peers
void AddProve(Command& top);   ///< prove | pack | check
void AddTrust(Command& top);  ///< trust new | update
void AddLedgerLog(Command& ledger);

}  // namespace cityid::cli

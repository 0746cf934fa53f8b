// The commands whose files are beside this one.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddKey(Command& top);   ///< key new | show | serial
void AddCode(Command& top);  ///< code new | batch | inspect
void AddLedger(Command& top);

// The commands of `ledger` that have files of their own.
void AddLedgerInit(Command& ledger);
void AddLedgerStatus(Command& ledger);
void AddLedgerEvidence(Command& ledger);

}  // namespace cityid::cli

// The commands whose files are beside this one.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddKey(Command& top);   ///< key new | show | serial
void AddCode(Command& top);  ///< code new | batch | inspect
void AddLedger(Command& top);

// The commands of `ledger` that are not in ledger.cpp: ledger_init.cpp has the first, and
// ledger_status.cpp the others.
void AddLedgerInit(Command& ledger);
void AddLedgerStatus(Command& ledger);
void AddLedgerEvidence(Command& ledger);

}  // namespace cityid::cli

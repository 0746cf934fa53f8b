// The commands that make, sign and hand in records.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddApply(Command& top);
void AddApprove(Command& top);  ///< approve | submit
void AddApplications(Command& top);
void AddStatements(Command& top);  ///< withdraw | reject
void AddUpdate(Command& top);      ///< update | recover
void AddStatus(Command& top);    ///< suspend | resume | supersede | revoke | aliases | revoke-codes
void AddDelegate(Command& top);  ///< delegate | policy

}  // namespace cityid::cli

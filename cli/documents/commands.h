// The commands about documents.
#pragma once

#include "cli/console/command_line.h"

namespace cityid::cli {

void AddDocument(Command& top);  ///< document seal | verify | revoke

// The commands that have files of their own.
void AddSeal(Command& document);
void AddVerify(Command& document);
void AddRevoke(Command& document);

}  // namespace cityid::cli

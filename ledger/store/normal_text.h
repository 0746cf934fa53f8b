// Normalization Form C (UAX 15) for the texts of records. The rules don't ask for it: it is what
// the commands make, and what an inbox takes.
#pragma once

#include <string>
#include <string_view>

#include "ledger/record/record.h"

namespace cityid {

/// Returns `text` in Normalization Form C; unchanged if it is not UTF-8.
std::string NormalText(std::string_view text);

/// Puts the texts of a record that people read into Normalization Form C.
void NormalizeTexts(Record& record);

/// Checks that they are in it. Errors: kRefused by the rule `text`.
Result<void> CheckNormalTexts(const Record& record);

}  // namespace cityid

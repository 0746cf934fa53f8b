// Texts of records in the one form in which they are written: Normalization Form C (UAX 15), with
// the space of the keyboard. The rules don't ask for Form C: it is what the commands make, and what
// an inbox takes.
#pragma once

#include <string>
#include <string_view>

#include "ledger/record/record.h"

namespace cityid {

/// Returns `text` in Normalization Form C, with U+0020 for each other space (General_Category Zs),
/// such as U+00A0 and U+3000; not for U+202F after a Mongolian letter. Unchanged if it is not
/// UTF-8.
std::string NormalText(std::string_view text);

/// Puts the texts of a record that people read into that form.
void NormalizeTexts(Record& record);

/// Checks that they are in it. Errors: kRefused by the rule `text`.
Result<void> CheckNormalTexts(const Record& record);

}  // namespace cityid

// Text that a record may carry from version 2 of the rules on (docs/ledger-format.md 5.3): it has
// nothing that can't be seen, and no letters of one script that pass for those of another. It is
// judged by tables of one version of Unicode, so that all replicas decide alike.
#pragma once

#include <string_view>

#include "codec/result.h"

namespace cityid {

/// A name says who somebody is, and people compare it as a whole. Other text is read by words.
enum class TextKind { kName, kWords };

/// Checks that people see all of a text, and tell it from others: no control, format, filler, tag,
/// private or unassigned code point; ZWJ and ZWNJ only where UAX 31 (A1, A2, B) has them; something
/// visible; and scripts mixed only as UTS 39 allows (Highly Restrictive), within a name or within
/// each word. Errors: kRefused, with the code point.
Result<void> CheckRecordText(std::string_view text, TextKind kind);

}  // namespace cityid

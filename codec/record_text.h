// Text that a record may carry from version 2 of the rules on (docs/ledger-format.md 5.3): it has
// nothing that can't be seen, and no letters of one script that pass for those of another. It is
// judged by tables of one version of Unicode, so that all replicas decide alike.
#pragma once

#include <string_view>

#include "codec/result.h"

namespace cityid {

/// A name says who somebody is, and people compare it as a whole. Other text is read by words.
enum class TextKind { kName, kWords };

/// Checks that people see all of a text, and tell it from others (docs/ledger-format.md 5.3): no
/// control, format, filler, tag, private or unassigned code point; no letter or digit that is
/// another form of one; single spaces between words; ZWJ and ZWNJ where a script needs them; marks
/// that can be told; in a word one script (UTS 39, Highly Restrictive), and in a name one beside
/// Latin (Moderately Restrictive). Errors: kRefused, with the code point.
Result<void> CheckRecordText(std::string_view text, TextKind kind);

}  // namespace cityid

// Text that is shown to people: which characters it may not have, because they deceive who reads it
// (Unicode Technical Report 36) or do something to a terminal.
#pragma once

#include <string_view>

namespace cityid {

/// Returns true for a control character (C0, C1, DEL), a line or paragraph separator, a mark or
/// override of direction, and a noncharacter.
bool IsForbiddenCharacter(char32_t c);

/// Returns true if a text has such a character, or is not UTF-8. It is never written raw onto a
/// page, a terminal or into JSON.
bool HasForbiddenCharacter(std::string_view text);

/// Returns true for a name that people can tell apart from others: nothing forbidden, no characters
/// without a width (but the joiners that some scripts need, between two letters), no fillers and no
/// tags, and something to see.
bool IsHonestName(std::string_view text);

}  // namespace cityid

// Text that is shown to people: which characters it may not have, because they deceive who reads it
// (Unicode Technical Report 36) or do something to a terminal. What a record may carry is narrower
// (codec/record_text.h).
#pragma once

#include <string>
#include <string_view>

#include "codec/text.h"

namespace cityid {

/// Calls `visit` with each code point. Returns false, without a call, if the text is not UTF-8.
template <class Visit>
bool ForEachCodePoint(std::string_view text, Visit visit) {
  if (!IsUtf8(text)) return false;
  while (const auto point = TakeCodePoint(text)) visit(*point);
  return true;
}

/// Returns true for a control character (C0, C1, DEL), a line or paragraph separator, a mark or
/// override of direction, and a noncharacter.
bool IsForbiddenCharacter(char32_t c);

/// Returns true if a text has such a character, or is not UTF-8. It is never written raw onto a
/// page, a terminal or into JSON.
bool HasForbiddenCharacter(std::string_view text);

/// Returns foreign text so that it may be shown: '?' stands for control characters and for marks
/// that change the direction of the text after them. Text of which some is written from right to
/// left stands between U+2068 and U+2069, so that it moves nothing beside it. Applied again, also
/// to a text with such parts, it changes nothing.
std::string Printable(std::string_view text);

}  // namespace cityid

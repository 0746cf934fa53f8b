// What a person pastes for a code: its text with things around it.
#pragma once

#include <string>
#include <string_view>

namespace cityid {

/// Returns the text of a code or an identifier without what a person copies with it:
/// - blanks, marks that can't be seen, quotes and brackets around it, and a full stop behind it;
/// - the mark of a scanner before it ("]Q1", ISO/IEC 15424);
/// - the query and the fragment of its address ("?lang=zh", "?fbclid=...", "#top"), and a slash at
///   its end;
/// - blanks inside its path, as mail programs break long lines;
/// - percent-encoding of the whole address, or of characters that need none.
/// Scheme, host, identifier and digits stay as they are: text before an address is not removed,
/// because it may be another address that leads elsewhere.
std::string WithoutSurroundings(std::string_view text);

}  // namespace cityid

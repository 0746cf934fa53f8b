// The words that only the scanner's page has, in three languages (docs/scanner.md).
#pragma once

#include <span>
#include <string_view>

#include "resolver/words/html_text.h"

namespace cityid {

/// Returns all of them, by the names under which the page and its program know them. A word in
/// braces stands for what the program puts there.
std::span<const NamedText> ScannerTexts();

/// Returns the words of the text with this name, which must exist.
std::string_view ScannerWords(std::string_view name, Language language);

}  // namespace cityid

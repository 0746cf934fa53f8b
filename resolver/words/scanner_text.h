// The words that only the scanner's page has, in three languages (docs/scanner.md).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// A text by the name under which the page and its program know it. A word in braces stands for
/// what the program puts there. All of them are ours, and safe in HTML.
struct ScannerText {
  std::string_view name;
  std::array<std::string_view, kLanguages> words;
};

/// Returns all of them.
std::span<const ScannerText> ScannerTexts();

/// Returns the words of the text with this name, which must exist.
std::string_view ScannerWords(std::string_view name, Language language);

}  // namespace cityid

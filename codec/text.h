// Small pieces of text: lines, blanks, decimal numbers, ASCII case, UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cityid {

/// Takes the first line off `text` and returns it without its line feed. Nothing, and `text` is
/// unchanged, if no line feed is left.
std::optional<std::string_view> TakeLine(std::string_view& text);

/// Takes everything up to the first `separator` off `text`, the separator too, and returns what
/// stood before it. Without a separator it takes the whole text.
std::string_view TakeUntil(std::string_view& text, char separator);

/// Returns `text` without `blanks` at both ends.
std::string_view Trim(std::string_view text, std::string_view blanks = " \t");

/// Returns `text` with the ASCII letters in lower case; every other byte stays.
std::string LowerCase(std::string_view text);

/// Returns true if the texts differ at most in the case of ASCII letters.
bool EqualIgnoringCase(std::string_view a, std::string_view b);

/// Returns `text` as it may stand between the quotes of a JSON string, in ASCII: every control
/// character and every byte of another character becomes '?'.
std::string JsonEscape(std::string_view text);

/// Takes the first code point off `text`. Nothing, and `text` is unchanged, if it doesn't begin
/// with well-formed UTF-8 (Unicode table 3-7): no longer form than needed, no surrogate.
std::optional<char32_t> TakeCodePoint(std::string_view& text);

/// Returns true if `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

/// Returns a number in decimal, with zeros before it if it has fewer than so many digits.
std::string ZeroFilled(std::uint64_t number, std::size_t digits);

/// Parses up to 19 decimal digits, zeros in front of a number too. Returns nothing for any other
/// text.
std::optional<std::uint64_t> ParseDigits(std::string_view text);

/// Parses a decimal number without sign and leading zeros, from 0 to 2^63 - 1. Returns nothing for
/// any other text.
std::optional<std::uint64_t> ParseDecimal(std::string_view text);

/// Returns true for an ASCII letter or digit.
inline bool IsLetterOrDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Returns true for a text of ASCII letters, digits and `others` that is not empty.
bool IsMadeOf(std::string_view text, std::string_view others);

}  // namespace cityid

// The letters of captions of stamps: strokes of a pen with a round tip, drawn for this. A sealed
// page needs no font for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cityid {

/// The unit of everything below: a tenth of a capital's height.
inline constexpr double kCapitalHeight = 10;
/// How thick the pen is.
inline constexpr double kPenWidth = 1.15;
/// How far letters reach below their baseline, the pen included.
inline constexpr double kDescent = 3.7;

/// Returns the first character of `text` that has no letter here: everything but A-Z, a-z, 0-9, the
/// space and . , : ; - _ / ( ) + = ? ! # & @ % ' * ~. Returns nothing if each has one.
std::optional<char> WithoutLetter(std::string_view text);

/// Returns the width of a text, from the middle of its first stroke to that of its last. Every
/// character must have a letter.
double LetteringWidth(std::string_view text);

/// Returns the strokes of a text as operators of a PDF's content stream (m, l, c, without the one
/// that paints). `scale` units there are one here; the baseline begins at x, y. Every character
/// must have a letter.
std::string LetteringStrokes(std::string_view text, double scale, double x, double y);

/// Appends a number as PDF has it: rounded to `digits` after the point, without zeros at the end.
void AppendPdfNumber(std::string& out, double number, int digits);

}  // namespace cityid

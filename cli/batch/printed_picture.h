// Codes as they are in print, as pictures of so many pixels an inch: what a poor scanner or a phone
// from afar sees.
#pragma once

#include <optional>
#include <string_view>

#include "codec/bytes.h"
#include "codec/symbol/matrix.h"

namespace cityid::cli {

/// Returns a symbol with its quiet zone as a grey PGM file: a pixel is as dark as the dark modules
/// cover it. `module_pixels`: above 0.
Bytes DrawPgm(const ModuleMatrix& symbol, double module_pixels);

/// A symbol that was read from its SVG file.
struct SvgSymbol {
  ModuleMatrix symbol;
  double module_mm = 0;
};

/// Reads the symbol of an SVG file that `DrawSvg` or `cityid-print` wrote; nothing for any other.
std::optional<SvgSymbol> ReadSvg(std::string_view svg);

/// Cuts a rectangle out of a PGM file, in pixels; what lies outside is left out. Returns an empty
/// file if nothing is left.
Bytes CutPgm(ByteView pgm, double left, double top, double width, double height);

}  // namespace cityid::cli

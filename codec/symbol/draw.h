// Symbols as SVG, PNG and text. What stands below a symbol is made elsewhere (codec/print).
#pragma once

#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/symbol/matrix.h"

namespace cityid {

/// A module's side in print, unless another one is asked for.
inline constexpr double kModuleMillimetres = 0.8;
inline constexpr double kMaxModuleMillimetres = 20;
/// Pixels a module of a PNG: 1 to this.
inline constexpr int kMaxScale = 64;

/// What an SVG shows below the symbol.
struct SvgBelow {
  double height = 0;               ///< in modules
  std::string_view elements = {};  ///< in units of a module; y counts from the picture's top
};

/// Writes SVG 1.1, one unit a module, quiet zone included, dark modules as one path. `width` and
/// `height` say how large it is in print. `module_mm`: above 0.
std::string DrawSvg(const ModuleMatrix& symbol, double module_mm = kModuleMillimetres,
                    const SvgBelow& below = {});

/// Returns the operators of a PDF's page (ISO 32000-2, 8.5) that fill the dark modules: one unit a
/// module, from the corner of the quiet zone, y downwards.
std::string DrawPdfModules(const ModuleMatrix& symbol);

/// Writes a PNG, 1 bit a pixel, quiet zone included. `scale`: pixels a module, 1 to 64.
/// `module_mm`: how large a module is in print, which the file says (pHYs).
/// Errors: kUsage for another scale, or a module that isn't above 0 and at most 20 mm.
Result<Bytes> DrawPng(const ModuleMatrix& symbol, int scale, double module_mm = kModuleMillimetres);

/// For a terminal: UTF-8 half blocks, two rows of modules a line, quiet zone included. Light
/// modules are drawn, so that the symbol scans on a dark background, and gaps between lines count
/// as dark: readers find the symbol all the same, but not if it were the other way round. With
/// `colors`, ANSI escapes force black on white whatever the background is.
std::string DrawText(const ModuleMatrix& symbol, bool colors);

/// For a text file, whose background nobody knows: the symbol twice, each with a line that says on
/// which background it is to be scanned. The first has its light modules drawn, for dark
/// backgrounds, the second its dark ones. Readers of inverted symbols read the first on any.
std::string DrawTextFile(const ModuleMatrix& symbol);

}  // namespace cityid

// Captions: lines of text below a symbol, laid out with Pango and taken as outlines.
#pragma once

#include "codec/drawing/drawing.h"
#include "codec/print/outline.h"

namespace cityid {

/// A caption that was laid out. The unit is a module, and (0, 0) the corner of the quiet zone of
/// the symbol above it.
struct CaptionArt {
  int height = 0;  ///< that the caption adds below the quiet zone, its own margin included
  Outline outline;
  std::vector<std::size_t> left_out;  ///< places of texts that no font here can show
};

/// Lays out a caption below a symbol of `side` modules, quiet zone included. Everything stays as
/// far from the left and right edges as the symbol, and below its quiet zone. Texts of at least
/// 1.8 mm are aimed at. Errors: kUsage if a text that must be there can't be shown.
Result<CaptionArt> LayOutCaption(const std::vector<CaptionText>& texts, int side, double module_mm);

}  // namespace cityid

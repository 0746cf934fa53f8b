// Symbols with their captions as files.
#pragma once

#include "codec/drawing/drawing.h"
#include "codec/print/caption.h"

namespace cityid {

/// Writes a PDF of one page, as wide as the symbol with its quiet zone, and higher by the caption.
/// `module_mm`: millimetres a module, above 0 and at most 20. Byte for byte the same for the same
/// symbol and outline. Errors: kUsage.
Result<Bytes> DrawPdf(const ModuleMatrix& symbol, double module_mm, const CaptionArt& caption = {});

/// Draws what was asked for. Errors: kUsage for what can't be drawn.
Result<DrawnFile> DrawPicture(const Drawing& drawing);

}  // namespace cityid

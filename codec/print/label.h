// Symbols with their captions on labels (codec/drawing/label.h).
#pragma once

#include "codec/drawing/drawing.h"

namespace cityid {

/// Draws a label as large as `drawing` says, whose symbol is `symbol`. The caption stands below the
/// symbol, or right of it if the label is at least one and a half times as wide as high. The symbol
/// is as large as there is room for both. Errors: kUsage for what can't be drawn.
Result<DrawnFile> DrawLabel(const ModuleMatrix& symbol, const Drawing& drawing);

}  // namespace cityid

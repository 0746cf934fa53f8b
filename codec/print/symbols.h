// Data Matrix (ISO/IEC 16022) and Aztec (ISO/IEC 24778) symbols of bytes.
#pragma once

#include "codec/drawing/drawing.h"

namespace cityid {

/// Returns the smallest square symbol that holds the bytes as they are, with no character set
/// named. Error correction is what Data Matrix always has, and 33 % of an Aztec symbol. Errors:
/// kUsage if no square symbol of at most `kMaxModules` a side holds them.
Result<ModuleMatrix> EncodeSymbol(const SymbolContent& content);

}  // namespace cityid

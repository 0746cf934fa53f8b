// Which finder patterns belong to symbols that were read.
#pragma once

#include <vector>

#include "codec/picture/picture.h"
#include "codec/reader/finder_patterns.h"

namespace cityid {

/// Returns true if a pattern is a square of one of these QR codes: it lies in one, at a corner, and
/// its modules are as large as those of a QR code of that size can be. A code that lies within
/// another one is not read because the other was.
bool IsOfOne(const std::vector<PictureSymbol>& symbols, const FinderPattern& pattern);

/// Returns true if a pattern that is no square of a symbol seems to be made by chance of the modules of
/// one that was read: it lies in one and is not certain. Modules may be too small for that; if they are
/// clearly smaller than the symbol's, too, it is not chance. `patterns`: all that were found.
bool IsChanceInOne(const std::vector<PictureSymbol>& symbols, const FinderPattern& pattern,
                   const std::vector<FinderPattern>& patterns);

/// Returns true if one of three patterns is a square of a symbol, or chance: then they are not the three
/// of a symbol that is unread.
bool IsExplained(const std::vector<PictureSymbol>& symbols, const FinderTriple& triple,
                 const std::vector<FinderPattern>& patterns);

}  // namespace cityid

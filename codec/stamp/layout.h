// Where in a stamp everything lies.
#pragma once

#include <string>
#include <vector>

#include "codec/stamp/stamp.h"

namespace cityid {

/// A line of a caption.
struct StampLine {
  std::string text;
  double capital_mm = 0;   ///< height of its capitals
  double left_mm = 0;      ///< where it begins, from the symbol's left edge
  double baseline_mm = 0;  ///< how far its baseline lies below the symbol's lower edge
};

/// A stamp, seen from its symbol, which begins a quiet zone to the right and below of the upper
/// left corner.
struct StampLayout {
  StampSize size;
  double below_mm = 0;  ///< how far the stamp reaches below the symbol's lower edge
  std::vector<StampLine> lines;
};

/// Lays a stamp out. Errors: those of `SizeOfStamp`.
Result<StampLayout> LayOutStamp(const StampAsked& stamp);

}  // namespace cityid

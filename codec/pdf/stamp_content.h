// The content stream of a stamp, around the region that draws the symbol.
#pragma once

#include <string>

#include "codec/pdf/page_shape.h"
#include "codec/stamp/stamp.h"

namespace cityid {

/// What the stream holds before the marker, and after the region.
struct StampContent {
  std::string before;
  std::string after;
};

/// Draws a stamp: its white ground, and a unit that is a module, with the symbol's lower left
/// corner at 0, 0; then the caption. `gray`: the name of a CalGray color space in the page's
/// resources. Errors: kUsage for a stamp that isn't within the page; those of `SizeOfStamp`.
Result<StampContent> DrawStamp(const StampAsked& stamp, const PageShape& page,
                               const std::string& gray);

}  // namespace cityid

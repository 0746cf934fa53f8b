// A page as it is shown: which part of it, turned how, and how large on paper.
#pragma once

#include "codec/pdf/page_tree.h"
#include "codec/stamp/stamp.h"

namespace cityid {

/// A point or a direction in a page's own units.
struct PagePoint {
  double x = 0;
  double y = 0;
};

/// A part of a page in the page's own units, its sides in order.
struct PageBox {
  double left = 0, bottom = 0, right = 0, top = 0;
};

/// Returns a number; nothing for another object, or for a number that no page has.
std::optional<double> SanePageNumber(QPDFObjectHandle object);

/// Returns the box of a list of four numbers, whatever corner they name first; nothing for another
/// object.
std::optional<PageBox> ReadPageBox(QPDFObjectHandle object);

struct PageShape {
  double width_mm = 0;
  double height_mm = 0;
  double units_per_mm = 0;
  PagePoint corner;  ///< the upper left one, as shown
  PagePoint right;   ///< where that is, as shown: one unit
  PagePoint up;

  /// Returns the point so far right and below of the upper left corner.
  PagePoint At(double x_mm, double y_mm) const {
    const double x = x_mm * units_per_mm;
    const double y = y_mm * units_per_mm;
    return {corner.x + right.x * x - up.x * y, corner.y + right.y * x - up.y * y};
  }
};

/// Returns a part of a page as it is shown, as far as it is on the page; nothing if that is not.
std::optional<PagePart> ShownPart(const PageShape& page, const PageBox& part);

/// Returns the shape of a page, from 1. Errors: kMalformed for a page without a size, or turned by
/// anything but quarters.
Result<PageShape> ShapeOf(const PageTree& tree, int page);

}  // namespace cityid

#include "codec/pdf/page_shape.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/pdf/open_qpdf.h"

namespace cityid {
namespace {

constexpr double kPointsPerMm = 72 / 25.4;

/// Returns the box of an attribute. Errors: kMalformed.
Result<PageBox> ReadBox(QPDFObjectHandle object) {
  const auto box = ReadPageBox(object);
  if (!box) return Damaged("a box of the page is no box");
  return *box;
}

/// Returns the part of the page that is shown.
Result<PageBox> ShownBox(const PageTree& tree, int page) {
  const auto media = tree.Inherited(page, "/MediaBox");
  if (!media) return media.error();
  auto box = ReadBox(*media);
  if (!box) return box.error();
  auto crop = tree.Inherited(page, "/CropBox");
  if (!crop) return crop.error();
  if (!crop->isNull()) {
    const auto part = ReadBox(*crop);
    if (!part) return part.error();
    *box = {std::max(box->left, part->left), std::max(box->bottom, part->bottom),
            std::min(box->right, part->right), std::min(box->top, part->top)};
  }
  if (box->right - box->left < 1 || box->top - box->bottom < 1)
    return Damaged("the page has no size");
  return box;
}

/// Returns by how many quarters the page is turned to the right, 0 to 3.
Result<int> QuarterTurns(const PageTree& tree, int page) {
  auto turned = tree.Inherited(page, "/Rotate");
  if (!turned) return turned.error();
  if (turned->isNull()) return 0;
  const auto degrees = SanePageNumber(*turned);
  if (!degrees || std::fmod(*degrees, 90) != 0)
    return Damaged("the page is turned by an odd angle");
  const int quarters = static_cast<int>(*degrees / 90) % 4;
  return (quarters + 4) % 4;
}

}  // namespace

std::optional<double> SanePageNumber(QPDFObjectHandle object) {
  double number = 0;
  if (!object.getValueAsNumber(number) || !(std::fabs(number) < 1e7)) return std::nullopt;
  return number;
}

std::optional<PageBox> ReadPageBox(QPDFObjectHandle object) {
  std::array<double, 4> sides{};
  if (!object.isArray() || object.getArrayNItems() != 4) return std::nullopt;
  for (int i = 0; i < 4; ++i) {
    const auto number = SanePageNumber(object.getArrayItem(i));
    if (!number) return std::nullopt;
    sides[static_cast<std::size_t>(i)] = *number;
  }
  return PageBox{std::min(sides[0], sides[2]), std::min(sides[1], sides[3]),
                 std::max(sides[0], sides[2]), std::max(sides[1], sides[3])};
}

std::optional<PagePart> ShownPart(const PageShape& page, const PageBox& part) {
  const auto shown = [&](double x, double y) {
    const PagePoint from = {x - page.corner.x, y - page.corner.y};
    return PagePoint{(from.x * page.right.x + from.y * page.right.y) / page.units_per_mm,
                     -(from.x * page.up.x + from.y * page.up.y) / page.units_per_mm};
  };
  const PagePoint one = shown(part.left, part.bottom);
  const PagePoint other = shown(part.right, part.top);
  const double left = std::max(std::min(one.x, other.x), 0.0);
  const double top = std::max(std::min(one.y, other.y), 0.0);
  const double right = std::min(std::max(one.x, other.x), page.width_mm);
  const double bottom = std::min(std::max(one.y, other.y), page.height_mm);
  if (left >= right || top >= bottom) return std::nullopt;
  return PagePart{left, top, right - left, bottom - top};
}

Result<PageShape> ShapeOf(const PageTree& tree, int page) {
  const auto box = ShownBox(tree, page);
  if (!box) return box.error();
  const auto quarters = QuarterTurns(tree, page);
  if (!quarters) return quarters.error();
  // Pages have this one for themselves; it is not inherited.
  QPDFObjectHandle unit = tree.Page(page).getKey("/UserUnit");
  const auto points = unit.isNull() ? std::optional<double>(1) : SanePageNumber(unit);
  if (!points || *points <= 0) return Damaged("the page has no unit");
  PageShape shape;
  shape.units_per_mm = kPointsPerMm / *points;
  shape.width_mm = (box->right - box->left) / shape.units_per_mm;
  shape.height_mm = (box->top - box->bottom) / shape.units_per_mm;
  if (*quarters % 2 == 1) std::swap(shape.width_mm, shape.height_mm);
  if (std::max(shape.width_mm, shape.height_mm) > 50'000)
    return Damaged("the page is larger than 50 m");
  // With each quarter turn, what was up comes to the right.
  constexpr std::array<PagePoint, 4> kRight = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  const auto turns = static_cast<std::size_t>(*quarters);
  shape.right = kRight[turns];
  shape.up = kRight[(turns + 1) % 4];
  shape.corner = {turns < 2 ? box->left : box->right, turns % 3 == 0 ? box->top : box->bottom};
  return shape;
}

}  // namespace cityid

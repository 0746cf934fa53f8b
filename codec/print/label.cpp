#include "codec/print/label.h"

#include <algorithm>
#include <cmath>

#include "codec/drawing/label.h"
#include "codec/print/caption.h"
#include "codec/symbol/draw.h"

namespace cityid {
namespace {

constexpr double kWide = 1.5;    // as wide as high: there the caption stands beside the symbol
constexpr double kLarger = 1.5;  // as it would be below the symbol: what a caption beside it may be
constexpr int kTries = 4;        // to find a size at which symbol and caption have room
// Of the label's height, what the symbol has at least: a long caption becomes smaller instead.
constexpr double kShareOfSymbol = 0.6;

DrawnFile Finished(const std::string& operators, const CaptionArt& art) {
  return {ToBytes(AsBytes(operators)), art.left_out};
}

/// Draws the caption right of the symbol.
Result<DrawnFile> DrawBeside(const ModuleMatrix& symbol, const Drawing& drawing, double module) {
  const int side = SideWithQuietZone(symbol);
  const double all = drawing.width_mm / module;
  // The symbol's quiet zone is the left margin of the caption, too.
  const int width = std::max(static_cast<int>(all) - side + kQuietZone, 3 * kQuietZone);
  auto art = LayOutCaption(drawing.caption, width, module);
  if (!art) return art.error();
  const Box box = BoundsOf(art->outline);
  const double high = drawing.height_mm / module;
  const double room = high - 2 * kQuietZone;
  double scale = std::min({kLarger, room / std::max(box.bottom - box.top, 1.0),
                           (width - 2 * kQuietZone) / std::max(box.right - box.left, 1.0)});
  // In steps, so that labels beside each other look alike, and a page is compressed to less.
  if (scale > 1) scale = std::floor(scale * 4) / 4;
  const double middle = side - kQuietZone + width / 2.0;
  Transform(art->outline, scale, middle - scale * width / 2.0,
            high / 2 - scale * (box.top + box.bottom) / 2);
  const double top = (drawing.height_mm - side * module) / 2;
  Transform(art->outline, 1, 0, -top / module);
  return Finished(LabelOperators(symbol, module, 0, top, PdfFill(art->outline)), *art);
}

/// Draws the caption below the symbol. `module` is the most.
Result<DrawnFile> DrawBelow(const ModuleMatrix& symbol, const Drawing& drawing, double module) {
  const int side = SideWithQuietZone(symbol);
  const double least = std::min(module, kShareOfSymbol * drawing.height_mm / side);
  CaptionArt art;
  double high = 0;
  for (int tries = 0; tries < kTries; ++tries) {
    auto laid = LayOutCaption(drawing.caption, side, module);
    if (!laid) return laid.error();
    art = *std::move(laid);
    high = side + art.height;
    if (high * module <= drawing.height_mm || module == least) break;
    // Text of a smaller symbol is larger beside it, so that this may not be enough.
    module = std::max(drawing.height_mm / high * 0.99, least);
  }
  const double smaller = (drawing.height_mm / module - side) / std::max(art.height, 1);
  if (smaller < 1) {
    Transform(art.outline, smaller, side * (1 - smaller) / 2, side * (1 - smaller));
    high = drawing.height_mm / module;
  }
  const double x = (drawing.width_mm - side * module) / 2;
  const double y = (drawing.height_mm - high * module) / 2;
  if (const auto checked = CheckLabelModule(module); !checked) return checked.error();
  return Finished(LabelOperators(symbol, module, x, y, PdfFill(art.outline)), art);
}

}  // namespace

Result<DrawnFile> DrawLabel(const ModuleMatrix& symbol, const Drawing& drawing) {
  const double side = SideWithQuietZone(symbol);
  double module =
      std::min({drawing.width_mm / side, drawing.height_mm / side, kMaxModuleMillimetres});
  if (drawing.module_mm > 0) module = std::min(module, drawing.module_mm);
  if (const auto checked = CheckLabelModule(module); !checked) return checked.error();
  if (drawing.caption.empty()) {
    const auto bare = DrawBareLabel(symbol, drawing.width_mm, drawing.height_mm, module);
    if (!bare) return bare.error();
    return Finished(*bare, {});
  }
  return drawing.width_mm >= kWide * drawing.height_mm ? DrawBeside(symbol, drawing, module)
                                                       : DrawBelow(symbol, drawing, module);
}

}  // namespace cityid

// Labels: a symbol and its caption in a rectangle of a sheet, as operators of a PDF's page
// (ISO 32000-2, 8.5). The unit is the millimetre, from the top left corner of the label, y
// downwards.
#pragma once

#include <string>
#include <string_view>

#include "codec/result.h"
#include "codec/symbol/matrix.h"

namespace cityid {

/// The least side of a module that is put onto a label: what is smaller is read by few.
inline constexpr double kLeastLabelModule = 0.2;

/// Returns the operators of a symbol whose quiet zone has its corner at a place. `more`: operators
/// with a unit of one module, from that corner.
std::string LabelOperators(const ModuleMatrix& symbol, double module_mm, double x_mm, double y_mm,
                           std::string_view more = {});

/// Draws a symbol alone in the middle of a label, as large as there is room, at most `most_mm` a
/// module unless that is 0. Errors: kUsage if a module would be smaller than `kLeastLabelModule`.
Result<std::string> DrawBareLabel(const ModuleMatrix& symbol, double width_mm, double height_mm,
                                  double most_mm);

/// Checks that a module isn't smaller than `kLeastLabelModule`. Errors: kUsage.
Result<void> CheckLabelModule(double module_mm);

/// Returns a number as page content may have it, with up to so many digits after the point.
std::string PdfNumber(double number, int digits = 4);

}  // namespace cityid

#include "codec/drawing/label.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "codec/symbol/draw.h"

namespace cityid {

std::string PdfNumber(double number, int digits) {
  std::array<char, 32> text;
  const double parts = std::pow(10, digits);
  const double rounded = std::round(number * parts) / parts;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), rounded == 0 ? 0 : rounded,
                                 std::chars_format::fixed);
  return {text.data(), end.ptr};
}

std::string LabelOperators(const ModuleMatrix& symbol, double module_mm, double x_mm, double y_mm,
                           std::string_view more) {
  const std::string module = PdfNumber(module_mm);
  std::string operators = "q " + module + " 0 0 " + module + ' ' + PdfNumber(x_mm) + ' ';
  operators += PdfNumber(y_mm) + " cm\n" + DrawPdfModules(symbol);
  operators += more;
  return operators + "Q\n";
}

Result<void> CheckLabelModule(double module_mm) {
  if (module_mm >= kLeastLabelModule) return {};
  return Error{Errc::kUsage, "the label has no room: a module of the code would have " +
                                 PdfNumber(std::floor(module_mm * 100) / 100) +
                                 " mm, and less than 0.2 mm is not printed"};
}

Result<std::string> DrawBareLabel(const ModuleMatrix& symbol, double width_mm, double height_mm,
                                  double most_mm) {
  const double side = SideWithQuietZone(symbol);
  double module = std::min(width_mm, height_mm) / side;
  if (most_mm > 0) module = std::min(module, most_mm);
  module = std::min(module, kMaxModuleMillimetres);
  if (const auto checked = CheckLabelModule(module); !checked) return checked.error();
  return LabelOperators(symbol, module, (width_mm - side * module) / 2,
                        (height_mm - side * module) / 2);
}

}  // namespace cityid

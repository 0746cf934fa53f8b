#include "codec/pdf/stamp_content.h"

#include <cstdio>

#include "codec/stamp/layout.h"
#include "codec/stamp/lettering.h"

namespace cityid {
namespace {

constexpr int kDigits = 5;

void AppendNumbers(std::string& out, std::initializer_list<double> numbers, const char* step) {
  for (const double number : numbers) {
    AppendPdfNumber(out, number, kDigits);
    out += ' ';
  }
  out += step;
  out += '\n';
}

/// Errors: kUsage, with both sizes.
Result<void> CheckPlace(const StampAsked& stamp, const StampSize& size, const PageShape& page) {
  // What was measured and asked for again may differ in the last digit.
  constexpr double kSlack = 1e-4;
  if (stamp.x_mm >= 0 && stamp.y_mm >= 0 && stamp.x_mm + size.width_mm <= page.width_mm + kSlack &&
      stamp.y_mm + size.height_mm <= page.height_mm + kSlack)
    return {};
  char text[200];
  std::snprintf(text, sizeof text,
                "the stamp isn't within the page: it takes %.1f x %.1f mm at %.1f,%.1f, and the "
                "page has %.1f x %.1f mm",
                size.width_mm, size.height_mm, stamp.x_mm, stamp.y_mm, page.width_mm,
                page.height_mm);
  return Error{Errc::kUsage, text};
}

}  // namespace

Result<StampContent> DrawStamp(const StampAsked& stamp, const PageShape& page,
                               const std::string& gray) {
  const auto layout = LayOutStamp(stamp);
  if (!layout) return layout.error();
  if (const auto placed = CheckPlace(stamp, layout->size, page); !placed) return placed.error();
  const double module = stamp.module_mm * page.units_per_mm;
  const double in_modules = 1 / stamp.module_mm;
  const double quiet_mm = kStampQuietZone * stamp.module_mm;
  const double side_mm = stamp.modules * stamp.module_mm;
  const PagePoint origin = page.At(stamp.x_mm + quiet_mm, stamp.y_mm + quiet_mm + side_mm);
  StampContent content;
  std::string& before = content.before;
  before = "/Artifact BMC\nq\n" + gray + " cs\n1 sc\n";
  AppendNumbers(before,
                {page.right.x * module, page.right.y * module, page.up.x * module,
                 page.up.y * module, origin.x, origin.y},
                "cm");
  AppendNumbers(before,
                {-kStampQuietZone, -layout->below_mm * in_modules,
                 layout->size.width_mm * in_modules, layout->size.height_mm * in_modules},
                "re");
  before += "f\n0 sc\n";
  std::string& after = content.after;
  if (!layout->lines.empty()) after += gray + " CS\n0 SC\n1 J\n1 j\n";
  for (const StampLine& line : layout->lines) {
    const double scale = line.capital_mm / kCapitalHeight * in_modules;
    AppendNumbers(after, {kPenWidth * scale}, "w");
    after += LetteringStrokes(line.text, scale, line.left_mm * in_modules,
                              -line.baseline_mm * in_modules);
    after += "S\n";
  }
  after += "Q\nEMC\n";
  return content;
}

}  // namespace cityid

#include "codec/stamp/layout.h"

#include <algorithm>

#include "codec/stamp/lettering.h"

namespace cityid {
namespace {

// Heights of capitals in millimetres, and distances in such heights.
constexpr double kLargest = 2.6;
constexpr double kSmallest = 1.4;
constexpr double kOfSide = 0.055;  // of the symbol's side, between these two
constexpr double kLinePitch = 1.8;
constexpr double kBottom = 1;

constexpr std::size_t kMostLines = 24;

/// Returns how many characters of a text go on one line: those that fit, up to a mark that names
/// break at if there is one in the second half.
std::size_t FirstLine(std::string_view text, double width) {
  std::size_t fits = text.size();
  while (fits > 0 && LetteringWidth(text.substr(0, fits)) > width) --fits;
  if (fits == text.size() || fits == 0) return fits;
  const std::size_t mark = text.substr(0, fits).find_last_of(".-/:_ ");
  return mark != std::string_view::npos && mark >= fits / 2 ? mark + 1 : fits;
}

/// Appends a text: as large as it may be if it fits on a line so, else smaller, and on several
/// lines if it is too long for the smallest. Returns false if not even one character fits.
bool AppendText(StampLayout& layout, std::string_view text, double side_mm, double preferred) {
  const double fitting = side_mm * kCapitalHeight / std::max(LetteringWidth(text), 1e-6);
  const double capital = std::min(preferred, std::max(fitting, kSmallest));
  const double scale = capital / kCapitalHeight;
  while (!text.empty()) {
    // One that fits exactly must not fail by rounding.
    const std::size_t count = FirstLine(text, side_mm / scale * (1 + 1e-9));
    if (count == 0 || layout.lines.size() == kMostLines) return false;
    const std::string_view line = text.substr(0, count);
    const double above = layout.lines.empty() ? 1 : kLinePitch;
    layout.below_mm += above * capital;
    layout.lines.push_back({std::string(line), capital,
                            (side_mm - LetteringWidth(line) * scale) / 2, layout.below_mm});
    text.remove_prefix(count);
  }
  return true;
}

Result<void> CheckCaption(const std::vector<std::string>& caption) {
  if (caption.size() > kMaxStampLines) return Error{Errc::kUsage, "the caption has too many lines"};
  for (const std::string& line : caption) {
    if (line.empty() || line.size() > kMaxStampLine)
      return Error{Errc::kUsage, "a line of the caption is empty or too long"};
    if (const auto missing = WithoutLetter(line)) {
      const bool shown = *missing > ' ' && *missing < 0x7F;
      return Error{Errc::kUsage, std::string("the caption has a character that can't be drawn") +
                                     (shown ? std::string(": ") + *missing : "")};
    }
  }
  return {};
}

}  // namespace

Result<StampLayout> LayOutStamp(const StampAsked& stamp) {
  if (stamp.modules < 21 || stamp.modules > 177 || stamp.modules % 4 != 1)
    return Error{Errc::kUsage, "no symbol has so many modules"};
  if (!(stamp.module_mm > 0 && stamp.module_mm <= 20))
    return Error{Errc::kUsage, "a module is above 0 mm and at most 20 mm wide"};
  if (const auto checked = CheckCaption(stamp.caption); !checked) return checked.error();
  const double side_mm = stamp.modules * stamp.module_mm;
  const double quiet_mm = kStampQuietZone * stamp.module_mm;
  const double preferred = std::clamp(side_mm * kOfSide, kSmallest, kLargest);
  StampLayout layout;
  layout.below_mm = quiet_mm;
  for (const std::string& text : stamp.caption) {
    if (!AppendText(layout, text, side_mm, preferred))
      return Error{Errc::kUsage, "the caption is too long for so small a symbol"};
  }
  if (!layout.lines.empty()) {
    const double capital = layout.lines.back().capital_mm;
    layout.below_mm += capital * (kDescent / kCapitalHeight + kBottom);
  }
  layout.size = {side_mm + 2 * quiet_mm, side_mm + quiet_mm + layout.below_mm};
  return layout;
}

Result<StampSize> SizeOfStamp(const StampAsked& stamp) {
  const auto layout = LayOutStamp(stamp);
  if (!layout) return layout.error();
  return layout->size;
}

}  // namespace cityid

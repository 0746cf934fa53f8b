#include "cli/batch/sheet_layout.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "cli/console/command_line.h"
#include "codec/drawing/label.h"
#include "codec/text.h"

namespace cityid::cli {
namespace {

constexpr double kMargin = 10;  // if neither margin nor label is given
constexpr double kMaxSide = 2000;
constexpr double kMinSide = 5;        // of a label
constexpr double kTolerance = 0.001;  // what rounding makes of sizes that just fit
constexpr double kMarkLength = 4;
constexpr double kMarkDistance = 1;  // from the labels
constexpr double kMarkWidth = 0.1;

struct Paper {
  std::string_view name;
  double width, height;
};
constexpr std::array<Paper, 4> kPapers = {
    {{"a3", 297, 420}, {"a4", 210, 297}, {"a5", 148, 210}, {"letter", 215.9, 279.4}}};

struct Pair {
  double first, second;
};

/// Reads millimetres with at most three decimals, from 0 to `kMaxSide`.
std::optional<double> ReadLength(std::string_view text) {
  if (text.empty() || text.size() > 8 || text.find_first_not_of("0123456789.") != text.npos)
    return std::nullopt;
  double length = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), length, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || length > kMaxSide)
    return std::nullopt;
  return std::round(length * 1000) / 1000;
}

/// Reads "70x37".
std::optional<Pair> ReadPair(std::string_view text) {
  const std::string_view first = TakeUntil(text, 'x');
  const auto a = ReadLength(first);
  const auto b = ReadLength(text);
  if (!a || !b) return std::nullopt;
  return Pair{*a, *b};
}

/// Reads "3x8".
std::optional<std::pair<int, int>> ReadGrid(std::string_view text) {
  const auto columns = ParseDecimal(TakeUntil(text, 'x'));
  const auto rows = ParseDecimal(text);
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxLabelsOfSheet);
  if (!columns || !rows || *columns < 1 || *rows < 1 || *columns > kMost || *rows > kMost)
    return std::nullopt;
  return std::pair(static_cast<int>(*columns), static_cast<int>(*rows));
}

/// Reads the paper and, if they are there, columns and rows.
Result<void> ReadSheet(const std::string& sheet, SheetLayout& layout) {
  std::string_view grid = sheet;
  const std::string_view paper = TakeUntil(grid, ':');
  for (const Paper& known : kPapers) {
    if (paper == known.name) layout.width = known.width, layout.height = known.height;
  }
  if (layout.width == 0) {
    const auto size = ReadPair(paper);
    if (!size || size->first < kMinSide || size->second < kMinSide) {
      return Usage(
          "--sheet begins with a3, a4, a5, letter, or width x height in mm: a4:3x8, 210x297:3x8");
    }
    layout.width = size->first;
    layout.height = size->second;
  }
  if (paper.size() == sheet.size()) return {};
  const auto counts = ReadGrid(grid);
  if (!counts) return Usage("--sheet ends in columns x rows: a4:3x8");
  layout.columns = counts->first;
  layout.rows = counts->second;
  return {};
}

Result<double> ReadOption(const std::string& option, const std::string& text, double otherwise) {
  if (text.empty()) return otherwise;
  const auto length = ReadLength(text);
  if (!length) return Usage(option + " is in mm, from 0 to 2000, such as 4.5");
  return *length;
}

/// Returns how many things of a size have room, with gaps between them.
int Fitting(double room, double size, double gap) {
  return static_cast<int>(std::floor((room + gap + kTolerance) / (size + gap)));
}

/// Gives the labels their size, and finds how many there are.
Result<void> Divide(const SheetOptions& options, double margin, SheetLayout& layout) {
  const double wide = layout.width - 2 * margin;
  const double high = layout.height - 2 * margin;
  if (!options.label.empty()) {
    const auto size = ReadPair(options.label);
    if (!size) return Usage("--label is width x height in mm, such as 70x37");
    layout.label_width = size->first;
    layout.label_height = size->second;
    if (size->first < kMinSide || size->second < kMinSide)
      return Usage("--label: a label is at least 5 mm wide and high");
    if (layout.columns == 0) {
      layout.columns = Fitting(wide, size->first, layout.gap);
      layout.rows = Fitting(high, size->second, layout.gap);
      if (layout.columns < 1 || layout.rows < 1)
        return Usage("--label: the paper has no room for one; make the margin smaller");
    }
    return {};
  }
  if (layout.columns == 0) return Usage("--sheet needs columns and rows, a4:3x8, or a --label");
  layout.label_width = (wide - (layout.columns - 1) * layout.gap) / layout.columns;
  layout.label_height = (high - (layout.rows - 1) * layout.gap) / layout.rows;
  if (layout.label_width < kMinSide || layout.label_height < kMinSide)
    return Usage("--sheet: labels would be smaller than 5 mm; take fewer, or smaller margins");
  return {};
}

/// Returns the operators of a line.
std::string Line(double x, double y, double width, double height) {
  return PdfNumber(x) + ' ' + PdfNumber(y) + ' ' + PdfNumber(width) + ' ' + PdfNumber(height) +
         " re\n";
}

}  // namespace

double SheetLayout::x(std::size_t place) const {
  return left +
         static_cast<double>(place % static_cast<std::size_t>(columns)) * (label_width + gap);
}

double SheetLayout::y(std::size_t place) const {
  return top +
         static_cast<double>(place / static_cast<std::size_t>(columns)) * (label_height + gap);
}

Result<SheetLayout> DivideSheet(const SheetOptions& options) {
  SheetLayout layout;
  if (const auto read = ReadSheet(options.sheet, layout); !read) return read.error();
  const auto margin = ReadOption("--margin", options.margin, options.label.empty() ? kMargin : 0);
  if (!margin) return margin.error();
  const auto gap = ReadOption("--gap", options.gap, 0);
  if (!gap) return gap.error();
  layout.gap = *gap;
  if (const auto divided = Divide(options, *margin, layout); !divided) return divided.error();
  if (layout.columns * layout.rows > kMaxLabelsOfSheet)
    return Usage("--sheet: at most " + std::to_string(kMaxLabelsOfSheet) + " labels a sheet");
  const double wide = layout.columns * (layout.label_width + layout.gap) - layout.gap;
  const double high = layout.rows * (layout.label_height + layout.gap) - layout.gap;
  layout.left = (layout.width - wide) / 2;
  layout.top = (layout.height - high) / 2;
  if (layout.left < *margin - kTolerance || layout.top < *margin - kTolerance)
    return Usage("--label: so many labels have no room on the paper; they take " + PdfNumber(wide) +
                 " x " + PdfNumber(high) + " mm without margins");
  if (options.cut_marks) {
    layout.mark = std::min({kMarkLength, layout.left - kMarkDistance, layout.top - kMarkDistance});
    if (layout.mark < 1)
      return Usage("--cut-marks need 2 mm of the paper around the labels; give a --margin");
  }
  return layout;
}

std::string CutMarks(const SheetLayout& layout) {
  if (layout.mark == 0) return {};
  std::string lines;
  const double right = layout.width - layout.left;
  const double bottom = layout.height - layout.top;
  const auto both = [&](double at, bool upright) {
    const double near = (upright ? layout.top : layout.left) - kMarkDistance - layout.mark;
    const double far = (upright ? bottom : right) + kMarkDistance;
    for (const double begin : {near, far}) {
      lines += upright ? Line(at - kMarkWidth / 2, begin, kMarkWidth, layout.mark)
                       : Line(begin, at - kMarkWidth / 2, layout.mark, kMarkWidth);
    }
  };
  for (int column = 0; column < layout.columns; ++column) {
    const double x = layout.left + column * (layout.label_width + layout.gap);
    if (column == 0 || layout.gap > 0) both(x, true);
    both(x + layout.label_width, true);
  }
  for (int row = 0; row < layout.rows; ++row) {
    const double y = layout.top + row * (layout.label_height + layout.gap);
    if (row == 0 || layout.gap > 0) both(y, false);
    both(y + layout.label_height, false);
  }
  return lines + "f\n";
}

}  // namespace cityid::cli

// Where labels stand on a sheet: paper, rows and columns, margins, and marks to cut at.
#pragma once

#include <cstddef>
#include <string>

#include "codec/result.h"

namespace cityid::cli {

/// The options that say how a sheet is divided, as they are typed. Empty: not given.
struct SheetOptions {
  std::string sheet;   ///< "a4:3x8", "a4", "210x297:3x8"
  std::string label;   ///< "70x37"
  std::string margin;  ///< millimetres at the edges of the paper
  std::string gap;     ///< millimetres between labels
  bool cut_marks = false;
};

/// The most labels of a sheet.
inline constexpr int kMaxLabelsOfSheet = 200;

/// A sheet that was divided. Millimetres, from the top left corner.
struct SheetLayout {
  double width = 0, height = 0;  ///< of the paper
  int columns = 0, rows = 0;
  double label_width = 0, label_height = 0;
  double left = 0, top = 0;  ///< of the first label
  double gap = 0;
  double mark = 0;  ///< length of a mark to cut at; 0: no marks

  std::size_t labels() const { return static_cast<std::size_t>(columns * rows); }
  double x(std::size_t place) const;  ///< of a label's left edge; places count row by row
  double y(std::size_t place) const;  ///< of a label's top edge
};

/// Divides a sheet. Labels have the size that was asked for and stand in the middle of the paper;
/// or they fill it but for the margins. Errors: kUsage, with the option.
Result<SheetLayout> DivideSheet(const SheetOptions& options);

/// Returns the operators that draw the marks, in millimetres (codec/drawing/sheet_pdf.h).
std::string CutMarks(const SheetLayout& layout);

}  // namespace cityid::cli

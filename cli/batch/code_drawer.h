// Draws the codes of a batch. Each thread has a drawer of its own.
#pragma once

#include <optional>
#include <string>

#include "cli/batch/list.h"
#include "codec/drawing/printer.h"
#include "codec/symbol/qr.h"

namespace cityid::cli {

/// How all codes of a batch are drawn. Every value is one that can be drawn.
struct CodeLook {
  QrLevel level = QrLevel::kMedium;
  int scale = 8;      ///< pixels a module of a PNG
  unsigned size = 0;  ///< millimetres across with the quiet zone; 0: as the modules need it
  bool bare = false;  ///< without caption
  std::string host;   ///< below a code without a caption of its own
};

/// A drawer, with a `cityid-print` if it has needed one.
class CodeDrawer {
 public:
  explicit CodeDrawer(const CodeLook& look) : look_(&look) {}

  /// Draws the file of a row. Errors: kUsage for what can't be drawn; those of `Printer`.
  Result<Bytes> DrawFile(const BatchRow& row, const std::string& url);
  /// Draws the label of a row, in operators of a page (codec/drawing/label.h). Errors: the same.
  Result<Bytes> DrawLabel(const BatchRow& row, const std::string& url, double width_mm,
                          double height_mm);

 private:
  std::vector<CaptionText> CaptionFor(const BatchRow& row) const;
  Result<Bytes> Print(const Drawing& drawing);

  const CodeLook* look_;
  std::optional<Printer> printer_;
};

}  // namespace cityid::cli

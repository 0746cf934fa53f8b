#include "cli/batch/code_drawer.h"

#include "cli/codes/code_picture.h"
#include "codec/drawing/caption_texts.h"
#include "codec/drawing/label.h"
#include "codec/symbol/draw.h"

namespace cityid::cli {

std::vector<CaptionText> CodeDrawer::CaptionFor(const BatchRow& row) const {
  if (look_->bare) return {};
  if (!row.caption.empty()) return row.caption;
  return CaptionOf(row.claims.subject, {}, look_->host);
}

/// Asks the program, once more if it ended: a signal for this process may have ended it, too.
Result<Bytes> CodeDrawer::Print(const Drawing& drawing) {
  for (bool again = true;; again = false) {
    if (!printer_) {
      auto started = Printer::Start();
      if (!started) return started.error();
      printer_ = *std::move(started);
    }
    auto drawn = printer_->Draw(drawing);
    if (drawn) return std::move(drawn->content);
    if (drawn.error().code != Errc::kIo) return drawn.error();
    printer_.reset();
    if (!again) return drawn.error();
  }
}

Result<Bytes> CodeDrawer::DrawFile(const BatchRow& row, const std::string& url) {
  auto symbol = EncodeQr(CodeUrlSegments(url), look_->level);
  if (!symbol) return symbol.error();
  std::vector<CaptionText> caption = CaptionFor(row);
  const double module = ModuleMillimetres(*symbol, look_->size);
  if (!caption.empty() || row.format == DrawingFormat::kPdf) {
    Drawing drawing{*std::move(symbol), row.format, kModuleMillimetres, look_->scale,
                    std::move(caption)};
    drawing.width_mm = look_->size;
    return Print(drawing);
  }
  if (row.format == DrawingFormat::kPng) return DrawPng(*symbol, look_->scale, module);
  const std::string svg = DrawSvg(*symbol, module);
  return ToBytes(AsBytes(svg));
}

Result<Bytes> CodeDrawer::DrawLabel(const BatchRow& row, const std::string& url, double width_mm,
                                    double height_mm) {
  auto symbol = EncodeQr(CodeUrlSegments(url), look_->level);
  if (!symbol) return symbol.error();
  const double most = look_->size / static_cast<double>(SideWithQuietZone(*symbol));
  std::vector<CaptionText> caption = CaptionFor(row);
  if (caption.empty()) {
    const auto operators = DrawBareLabel(*symbol, width_mm, height_mm, most);
    if (!operators) return operators.error();
    return ToBytes(AsBytes(*operators));
  }
  Drawing drawing{*std::move(symbol), DrawingFormat::kLabel, most, 1, std::move(caption)};
  drawing.width_mm = width_mm;
  drawing.height_mm = height_mm;
  return Print(drawing);
}

}  // namespace cityid::cli

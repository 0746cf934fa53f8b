#include "codec/print/picture.h"

#include <cairo-pdf.h>

#include <stdexcept>

#include "codec/print/cairo_owned.h"
#include "codec/print/label.h"
#include "codec/print/symbols.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/png.h"

namespace cityid {
namespace {

/// More pixels than a sheet of A3 has at 600 dpi are nothing that anybody prints.
constexpr std::uint64_t kMaxPixels = 80'000'000;
/// Cairo draws into nothing that is wider or higher.
constexpr std::int64_t kMaxPixelsOfSide = 32'767;

using Surface = CairoOwned<cairo_surface_t>;
using Context = CairoOwned<cairo_t>;

// What we draw is valid by construction, so that only memory can fail.
void RequireCairo(cairo_status_t status) {
  if (status) throw std::runtime_error(std::string("cairo: ") + cairo_status_to_string(status));
}

cairo_status_t AppendTo(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<Bytes*>(bytes)->insert(static_cast<Bytes*>(bytes)->end(), data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

void Fill(cairo_t* cairo, const Outline& outline) {
  cairo_new_path(cairo);
  for (const OutlineStep& step : outline) {
    const auto& to = step.to;
    switch (step.kind) {
      case OutlineStep::kMove:
        cairo_move_to(cairo, to[0], to[1]);
        break;
      case OutlineStep::kLine:
        cairo_line_to(cairo, to[0], to[1]);
        break;
      case OutlineStep::kCurve:
        cairo_curve_to(cairo, to[0], to[1], to[2], to[3], to[4], to[5]);
        break;
      case OutlineStep::kClose:
        cairo_close_path(cairo);
        break;
    }
  }
  cairo_fill(cairo);
}

std::string DrawSvgWith(const ModuleMatrix& symbol, double module_mm, const CaptionArt& caption) {
  std::string elements;
  if (!caption.outline.empty()) {
    elements = "<path d=\"" + SvgPath(caption.outline) +
               "\" fill=\"#000\" shape-rendering=\"geometricPrecision\"/>\n";
  }
  return DrawSvg(symbol, module_mm, {static_cast<double>(caption.height), elements});
}

/// Draws the caption's part of a picture in shades of grey, into rows that are white.
void PaintCaption(const CaptionArt& caption, int side, int scale, std::uint8_t* rows) {
  const int width = side * scale;
  const int height = caption.height * scale;
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height));
  const Context context(cairo_create(surface.get()));
  cairo_scale(context.get(), scale, scale);
  cairo_translate(context.get(), 0, -side);
  Fill(context.get(), caption.outline);
  RequireCairo(cairo_status(context.get()));
  cairo_surface_flush(surface.get());
  const unsigned char* ink = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) *rows++ = static_cast<std::uint8_t>(255 - ink[y * stride + x]);
  }
}

Result<Bytes> DrawPngWith(const ModuleMatrix& symbol, const Drawing& drawing,
                          const CaptionArt& caption) {
  if (caption.height == 0) return DrawPng(symbol, drawing.scale, drawing.module_mm);
  const int side = SideWithQuietZone(symbol);
  const auto scale = static_cast<std::size_t>(drawing.scale);
  GreyRows picture;
  picture.bits = 8;
  picture.width = static_cast<std::uint32_t>(side) * static_cast<std::uint32_t>(scale);
  picture.height =
      static_cast<std::uint32_t>(side + caption.height) * static_cast<std::uint32_t>(scale);
  if (std::uint64_t{picture.width} * picture.height > kMaxPixels ||
      std::int64_t{caption.height} * drawing.scale > kMaxPixelsOfSide)
    return Error{Errc::kUsage, "png: too many pixels; make the scale smaller"};
  picture.pixels.assign(std::size_t{picture.width} * picture.height, 0xff);
  ForEachRun(symbol, [&](int x, int y, int length) {
    for (std::size_t row = static_cast<std::size_t>(y) * scale, last = row + scale; row < last;
         ++row) {
      std::uint8_t* begin =
          &picture.pixels[row * picture.width] + static_cast<std::size_t>(x) * scale;
      std::fill_n(begin, static_cast<std::size_t>(length) * scale, std::uint8_t{0});
    }
  });
  PaintCaption(caption, side, drawing.scale,
               &picture.pixels[static_cast<std::size_t>(side) * scale * picture.width]);
  return WritePng(picture, drawing.module_mm / drawing.scale);
}

}  // namespace

Result<Bytes> DrawPdf(const ModuleMatrix& symbol, double module_mm, const CaptionArt& caption) {
  if (!(module_mm > 0 && module_mm <= kMaxModuleMillimetres)) {
    return Error{Errc::kUsage, "pdf: a module must be above 0 and at most 20 mm"};
  }
  const double module_points = module_mm * 72 / 25.4;
  const int side = SideWithQuietZone(symbol);
  Bytes pdf;
  const Surface surface(cairo_pdf_surface_create_for_stream(
      AppendTo, &pdf, side * module_points, (side + caption.height) * module_points));
  // Otherwise cairo writes the time of day.
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 "1970-01-01T00:00:00Z");
  const Context context(cairo_create(surface.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  cairo_set_source_rgb(context.get(), 0, 0, 0);
  cairo_scale(context.get(), module_points, module_points);
  ForEachRun(symbol,
             [&](int x, int y, int length) { cairo_rectangle(context.get(), x, y, length, 1); });
  // One fill for all, or viewers that smooth edges show hairlines between rows.
  cairo_fill(context.get());
  if (!caption.outline.empty()) Fill(context.get(), caption.outline);
  RequireCairo(cairo_status(context.get()));
  cairo_surface_finish(surface.get());
  RequireCairo(cairo_surface_status(surface.get()));
  return pdf;
}

Result<DrawnFile> DrawPicture(const Drawing& asked) {
  Drawing drawing = asked;
  ModuleMatrix symbol;
  if (const auto* content = std::get_if<SymbolContent>(&drawing.symbol)) {
    auto encoded = EncodeSymbol(*content);
    if (!encoded) return encoded.error();
    symbol = *std::move(encoded);
  } else {
    symbol = std::get<ModuleMatrix>(drawing.symbol);
  }
  if (drawing.format == DrawingFormat::kLabel) return DrawLabel(symbol, drawing);
  if (drawing.width_mm != 0) drawing.module_mm = drawing.width_mm / SideWithQuietZone(symbol);
  if (!(drawing.module_mm > 0 && drawing.module_mm <= kMaxModuleMillimetres))
    return Error{Errc::kUsage, "a module must be above 0 and at most 20 mm"};
  const auto caption = LayOutCaption(drawing.caption, SideWithQuietZone(symbol), drawing.module_mm);
  if (!caption) return caption.error();
  DrawnFile drawn{{}, caption->left_out};
  if (drawing.format == DrawingFormat::kSvg) {
    const std::string svg = DrawSvgWith(symbol, drawing.module_mm, *caption);
    drawn.content.assign(svg.begin(), svg.end());
    return drawn;
  }
  auto content = drawing.format == DrawingFormat::kPdf
                     ? DrawPdf(symbol, drawing.module_mm, *caption)
                     : DrawPngWith(symbol, drawing, *caption);
  if (!content) return content.error();
  drawn.content = *std::move(content);
  return drawn;
}

}  // namespace cityid

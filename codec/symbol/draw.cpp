// Symbols as SVG, PNG, PDF and text (codec/symbol/qr.h).
#include <cairo-pdf.h>
#include <cairo.h>
#include <spng.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

#include "codec/symbol/qr.h"

namespace cityid {
namespace {

int SideWithQuietZone(const QrSymbol& symbol) { return symbol.size + 2 * kQuietZone; }

/// Calls `draw(x, y, length)` for every horizontal run of dark modules; x and y count from the
/// corner of the quiet zone.
template <class Draw>
void ForEachRun(const QrSymbol& symbol, Draw draw) {
  for (int y = 0; y < symbol.size; ++y) {
    for (int x = 0; x < symbol.size;) {
      const int start = x;
      while (x < symbol.size && symbol.dark(x, y)) ++x;
      if (x > start) {
        draw(start + kQuietZone, y + kQuietZone, x - start);
      } else {
        ++x;
      }
    }
  }
}

struct PngFree {
  void operator()(spng_ctx* png) const { spng_ctx_free(png); }
};
struct MallocFree {
  void operator()(void* memory) const { std::free(memory); }
};
struct SurfaceDestroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDestroy {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

// What we encode is valid by construction, so that only memory can fail.
void RequirePng(int status) {
  if (status) throw std::runtime_error(std::string("png: ") + spng_strerror(status));
}

void RequireCairo(cairo_status_t status) {
  if (status) throw std::runtime_error(std::string("pdf: ") + cairo_status_to_string(status));
}

cairo_status_t AppendTo(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<Bytes*>(bytes)->insert(static_cast<Bytes*>(bytes)->end(), data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

/// Packed rows, most significant bit first, a set bit is white.
Bytes PackRows(const QrSymbol& symbol, int scale) {
  const auto side = static_cast<std::size_t>(SideWithQuietZone(symbol) * scale);
  const std::size_t stride = (side + 7) / 8;
  const auto pixels = static_cast<std::size_t>(scale);
  Bytes rows(stride * side, 0xff);
  ForEachRun(symbol, [&](int x, int y, int length) {
    const std::size_t left = static_cast<std::size_t>(x) * pixels;
    const std::size_t right = static_cast<std::size_t>(x + length) * pixels;
    const std::size_t top = static_cast<std::size_t>(y) * pixels;
    for (std::size_t row = top; row < top + pixels; ++row) {
      for (std::size_t column = left; column < right; ++column) {
        rows[row * stride + column / 8] &= static_cast<std::uint8_t>(~(0x80 >> (column % 8)));
      }
    }
  });
  return rows;
}

}  // namespace

std::string DrawSvg(const QrSymbol& symbol) {
  const std::string side = std::to_string(SideWithQuietZone(symbol));
  std::string svg;
  svg.reserve(symbol.modules.size() * 5 + 512);
  svg += "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" viewBox=\"0 0 ";
  svg += side + " " + side + "\" shape-rendering=\"crispEdges\">\n";
  svg += "<rect width=\"" + side + "\" height=\"" + side + "\" fill=\"#fff\"/>\n<path d=\"";
  ForEachRun(symbol, [&](int x, int y, int length) {
    const std::string run = std::to_string(length);
    svg += 'M';
    svg += std::to_string(x);
    svg += ' ';
    svg += std::to_string(y);
    svg += 'h';
    svg += run;
    svg += "v1h-";
    svg += run;
    svg += 'z';
  });
  svg += "\" fill=\"#000\"/>\n</svg>\n";
  return svg;
}

Result<Bytes> DrawPng(const QrSymbol& symbol, int scale) {
  if (scale < 1 || scale > 64) return Error{Errc::kUsage, "png: scale must be 1 to 64"};
  const std::unique_ptr<spng_ctx, PngFree> png(spng_ctx_new(SPNG_CTX_ENCODER));
  if (!png) throw std::bad_alloc();
  const auto side = static_cast<std::uint32_t>(SideWithQuietZone(symbol) * scale);
  spng_ihdr header{};
  header.width = side;
  header.height = side;
  header.bit_depth = 1;
  header.color_type = SPNG_COLOR_TYPE_GRAYSCALE;
  RequirePng(spng_set_option(png.get(), SPNG_ENCODE_TO_BUFFER, 1));
  RequirePng(spng_set_ihdr(png.get(), &header));
  const Bytes rows = PackRows(symbol, scale);
  RequirePng(
      spng_encode_image(png.get(), rows.data(), rows.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE));
  std::size_t length = 0;
  int status = 0;
  const std::unique_ptr<void, MallocFree> file(spng_get_png_buffer(png.get(), &length, &status));
  RequirePng(status);
  const auto* begin = static_cast<const std::uint8_t*>(file.get());
  return Bytes(begin, begin + length);
}

Result<Bytes> DrawPdf(const QrSymbol& symbol, double module_mm) {
  if (!(module_mm > 0 && module_mm <= 20)) {
    return Error{Errc::kUsage, "pdf: a module must be above 0 and at most 20 mm"};
  }
  const double module_points = module_mm * 72 / 25.4;
  const double side = SideWithQuietZone(symbol) * module_points;
  Bytes pdf;
  const std::unique_ptr<cairo_surface_t, SurfaceDestroy> surface(
      cairo_pdf_surface_create_for_stream(AppendTo, &pdf, side, side));
  // Otherwise cairo writes the time of day.
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 "1970-01-01T00:00:00Z");
  const std::unique_ptr<cairo_t, ContextDestroy> context(cairo_create(surface.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  cairo_set_source_rgb(context.get(), 0, 0, 0);
  cairo_scale(context.get(), module_points, module_points);
  ForEachRun(symbol,
             [&](int x, int y, int length) { cairo_rectangle(context.get(), x, y, length, 1); });
  // One fill for all, or viewers that smooth edges show hairlines between rows.
  cairo_fill(context.get());
  RequireCairo(cairo_status(context.get()));
  cairo_surface_finish(surface.get());
  RequireCairo(cairo_surface_status(surface.get()));
  return pdf;
}

std::string DrawText(const QrSymbol& symbol, bool colors) {
  const int side = SideWithQuietZone(symbol);
  const auto light = [&](int column, int row) {
    // The side is odd: below the last row there is nothing.
    if (row >= side) return false;
    const int x = column - kQuietZone;
    const int y = row - kQuietZone;
    const bool inside = x >= 0 && y >= 0 && x < symbol.size && y < symbol.size;
    return !inside || !symbol.dark(x, y);
  };
  std::string text;
  for (int row = 0; row < side; row += 2) {
    // White and black of the fixed colour cube: the first 16 colours belong to themes.
    if (colors) text += "\x1b[38;5;231;48;5;16m";
    for (int column = 0; column < side; ++column) {
      const bool upper = light(column, row);
      const bool lower = light(column, row + 1);
      text += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    if (colors) text += "\x1b[0m";
    text += '\n';
  }
  return text;
}

}  // namespace cityid

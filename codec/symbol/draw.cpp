#include "codec/symbol/draw.h"

#include <array>
#include <charconv>
#include <cmath>

#include "codec/symbol/png.h"

namespace cityid {
namespace {

/// Returns a length in millimetres, to a tenth of a micrometre, with a decimal point everywhere.
std::string Millimetres(double length) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), length, std::chars_format::fixed, 4);
  std::string_view shown(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
  shown = shown.substr(0, shown.find_last_not_of('0') + 1);
  if (shown.ends_with('.')) shown.remove_suffix(1);
  return std::string(shown) + "mm";
}

/// Returns a number of modules, to a hundredth.
std::string Units(double length) {
  std::string text = Millimetres(std::round(length * 100) / 100);
  text.resize(text.size() - 2);
  return text;
}

GreyRows PackRows(const ModuleMatrix& symbol, int scale) {
  GreyRows picture;
  picture.width = picture.height = static_cast<std::uint32_t>(SideWithQuietZone(symbol) * scale);
  const std::size_t stride = RowSize(picture);
  const auto pixels = static_cast<std::size_t>(scale);
  picture.pixels.assign(stride * picture.height, 0xff);
  ForEachRun(symbol, [&](int x, int y, int length) {
    const std::size_t left = static_cast<std::size_t>(x) * pixels;
    const std::size_t right = static_cast<std::size_t>(x + length) * pixels;
    const std::size_t top = static_cast<std::size_t>(y) * pixels;
    for (std::size_t row = top; row < top + pixels; ++row) {
      for (std::size_t column = left; column < right; ++column) {
        picture.pixels[row * stride + column / 8] &=
            static_cast<std::uint8_t>(~(0x80 >> (column % 8)));
      }
    }
  });
  return picture;
}

/// Draws the modules that are `dark` or not as half blocks. `begin` and `end` stand around a line.
std::string DrawBlocks(const ModuleMatrix& symbol, bool dark, std::string_view begin,
                       std::string_view end) {
  const int side = SideWithQuietZone(symbol);
  const auto drawn = [&](int column, int row) {
    // The side is odd: below the last row there is nothing.
    if (row >= side) return false;
    const int x = column - kQuietZone;
    const int y = row - kQuietZone;
    const bool inside = x >= 0 && y >= 0 && x < symbol.size && y < symbol.size;
    return (inside && symbol.dark(x, y)) == dark;
  };
  std::string text;
  for (int row = 0; row < side; row += 2) {
    text += begin;
    for (int column = 0; column < side; ++column) {
      const bool upper = drawn(column, row);
      const bool lower = drawn(column, row + 1);
      text += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    text += end;
    text += '\n';
  }
  return text;
}

}  // namespace

std::string DrawSvg(const ModuleMatrix& symbol, double module_mm, const SvgBelow& below) {
  const int modules = SideWithQuietZone(symbol);
  const std::string width = std::to_string(modules);
  const std::string height = Units(modules + below.height);
  std::string svg;
  svg.reserve(symbol.modules.size() * 5 + below.elements.size() + 512);
  svg += "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"";
  svg += Millimetres(modules * module_mm) + "\" height=\"";
  svg += Millimetres((modules + below.height) * module_mm) + "\" viewBox=\"0 0 ";
  svg += width + " " + height + "\" shape-rendering=\"crispEdges\">\n";
  svg += "<rect width=\"" + width + "\" height=\"" + height + "\" fill=\"#fff\"/>\n<path d=\"";
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
  svg += "\" fill=\"#000\"/>\n";
  svg += below.elements;
  svg += "</svg>\n";
  return svg;
}

std::string DrawPdfModules(const ModuleMatrix& symbol) {
  std::string operators;
  operators.reserve(symbol.modules.size() * 4);
  ForEachRun(symbol, [&](int x, int y, int length) {
    operators += std::to_string(x) + ' ' + std::to_string(y) + ' ' + std::to_string(length);
    operators += " 1 re\n";
  });
  // One fill for all, or viewers that smooth edges show hairlines between rows.
  return operators + "f\n";
}

Result<Bytes> DrawPng(const ModuleMatrix& symbol, int scale, double module_mm) {
  if (scale < 1 || scale > kMaxScale) return Error{Errc::kUsage, "png: scale must be 1 to 64"};
  if (!(module_mm > 0 && module_mm <= kMaxModuleMillimetres))
    return Error{Errc::kUsage, "png: a module must be above 0 and at most 20 mm"};
  return WritePng(PackRows(symbol, scale), module_mm / scale);
}

std::string DrawText(const ModuleMatrix& symbol, bool colors) {
  // White and black of the fixed colour cube: the first 16 colours belong to themes.
  return colors ? DrawBlocks(symbol, false, "\x1b[38;5;231;48;5;16m", "\x1b[0m")
                : DrawBlocks(symbol, false, "", "");
}

std::string DrawTextFile(const ModuleMatrix& symbol) {
  return "On a dark background, scan this:\n\n" + DrawBlocks(symbol, false, "", "") +
         "\nOn a light background, scan this:\n\n" + DrawBlocks(symbol, true, "", "");
}

}  // namespace cityid

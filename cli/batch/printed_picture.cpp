#include "cli/batch/printed_picture.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace cityid::cli {
namespace {

constexpr int kMaxSvgSide = 177 + 2 * kQuietZone;

std::string PgmHead(std::size_t width, std::size_t height) {
  return "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
}

/// Takes a number off a text that begins with `before` and ends the number with `after`.
template <class T>
bool TakeNumber(std::string_view& text, std::string_view before, std::string_view after, T& out) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(after)) return false;
  text.remove_prefix(after.size());
  return true;
}

/// Goes to what follows a part of a text. Returns false if it isn't there.
bool GoBehind(std::string_view& text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + part.size());
  return true;
}

}  // namespace

Bytes DrawPgm(const ModuleMatrix& symbol, double module_pixels) {
  const int modules = SideWithQuietZone(symbol);
  const auto side = static_cast<std::size_t>(std::ceil(modules * module_pixels));
  std::vector<double> ink(side * side);
  ForEachRun(symbol, [&](int x, int y, int length) {
    const double left = x * module_pixels;
    const double right = (x + length) * module_pixels;
    const double top = y * module_pixels;
    const double bottom = top + module_pixels;
    for (auto row = static_cast<std::size_t>(top); row < side && static_cast<double>(row) < bottom;
         ++row) {
      const auto at = static_cast<double>(row);
      const double high = std::min(bottom, at + 1) - std::max(top, at);
      for (auto column = static_cast<std::size_t>(left);
           column < side && static_cast<double>(column) < right; ++column) {
        const auto across = static_cast<double>(column);
        ink[row * side + column] += high * (std::min(right, across + 1) - std::max(left, across));
      }
    }
  });
  const std::string head = PgmHead(side, side);
  Bytes file = ToBytes(AsBytes(head));
  for (const double part : ink)
    file.push_back(static_cast<std::uint8_t>(std::lround(255 * (1 - std::clamp(part, 0.0, 1.0)))));
  return file;
}

std::optional<SvgSymbol> ReadSvg(std::string_view svg) {
  double width = 0;
  int side = 0;
  if (!GoBehind(svg, " width=\"") || !TakeNumber(svg, "", "mm\"", width)) return std::nullopt;
  if (!GoBehind(svg, "viewBox=\"0 0 ") || !TakeNumber(svg, "", " ", side)) return std::nullopt;
  if (side <= 2 * kQuietZone || side > kMaxSvgSide || !(width > 0) || !GoBehind(svg, "<path d=\""))
    return std::nullopt;
  SvgSymbol read;
  read.symbol.size = side - 2 * kQuietZone;
  read.module_mm = width / side;
  const int size = read.symbol.size;
  read.symbol.modules.resize(static_cast<std::size_t>(size * size));
  while (svg.starts_with('M')) {
    int x = 0;
    int y = 0;
    int length = 0;
    int back = 0;
    if (!TakeNumber(svg, "M", " ", x) || !TakeNumber(svg, "", "h", y) ||
        !TakeNumber(svg, "", "v1h", length) || !TakeNumber(svg, "", "z", back))
      return std::nullopt;
    x -= kQuietZone;
    y -= kQuietZone;
    if (back != -length || length < 1 || x < 0 || y < 0 || y >= size || x > size - length)
      return std::nullopt;
    for (int i = 0; i < length; ++i)
      read.symbol.modules[static_cast<std::size_t>(y * size + x + i)] = true;
  }
  if (!svg.starts_with('"')) return std::nullopt;
  return read;
}

Bytes CutPgm(ByteView pgm, double left, double top, double width, double height) {
  std::string_view head = AsText(pgm);
  std::size_t wide = 0;
  std::size_t high = 0;
  if (!TakeNumber(head, "P5\n", " ", wide) || !TakeNumber(head, "", "\n255\n", high)) return {};
  if (head.size() != wide * high) return {};
  const auto within = [](double at, std::size_t most) {
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(most)));
  };
  const std::size_t x = within(std::floor(left), wide);
  const std::size_t y = within(std::floor(top), high);
  const std::size_t right = within(std::ceil(left + width), wide);
  const std::size_t bottom = within(std::ceil(top + height), high);
  if (x >= right || y >= bottom) return {};
  const std::string cut_head = PgmHead(right - x, bottom - y);
  Bytes cut = ToBytes(AsBytes(cut_head));
  for (std::size_t row = y; row < bottom; ++row)
    Append(cut, AsBytes(head.substr(row * wide + x, right - x)));
  return cut;
}

}  // namespace cityid::cli

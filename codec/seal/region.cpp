// docs/document-seal.md 1.2: the region that draws the code.
#include "codec/city_code.h"
#include "codec/seal/seal.h"
#include "codec/symbol/qr.h"

namespace cityid {
namespace {

/// For the comment with the mask, the operator that fills, and the last line feed.
constexpr std::size_t kFrame = 16;

Result<QrSymbol> Symbol(std::string_view url, std::optional<int> mask) {
  return EncodeQr(CodeUrlSegments(url), QrLevel::kMedium, mask);
}

void AppendNumber(std::string& out, int number) {
  out += std::to_string(number);
  out += ' ';
}

/// Draws the region, however long it becomes, without the spaces that fill it.
std::string DrawShort(std::string_view url, const QrSymbol& symbol) {
  std::string region = "%" + std::to_string(symbol.mask) + " " + std::string(url) + "\n";
  ForEachRun(symbol, [&](int x, int y, int length) {
    AppendNumber(region, x - kQuietZone);
    AppendNumber(region, symbol.size - 1 - (y - kQuietZone));
    AppendNumber(region, length);
    region += "1 re\n";
  });
  region += "f\n";
  return region;
}

Result<std::string> Fill(std::string region, std::size_t length) {
  if (region.size() >= length)
    return Error{Errc::kTooLarge, "seal: the code does not fit into its region"};
  region.resize(length - 1, ' ');
  region += '\n';
  return region;
}

}  // namespace

Result<int> RegionModules(std::string_view url) {
  const auto symbol = Symbol(url, 0);
  if (!symbol) return symbol.error();
  return symbol->size;
}

Result<std::size_t> RegionLength(std::string_view url) {
  const auto modules = RegionModules(url);
  if (!modules) return modules.error();
  // A quarter of the modules begins a run, which takes 13 bytes, or 15 in the largest symbols.
  const auto side = static_cast<std::size_t>(*modules);
  return kFrame + url.size() + 4 * side * side;
}

Result<std::string> DrawRegion(std::string_view url, int mask, std::size_t length) {
  const auto symbol = Symbol(url, mask);
  if (!symbol) return symbol.error();
  return Fill(DrawShort(url, *symbol), length);
}

Result<std::string> DrawRegion(std::string_view url, std::size_t length) {
  const auto best = Symbol(url, std::nullopt);
  if (!best) return best.error();
  auto region = Fill(DrawShort(url, *best), length);
  for (int mask = 0; !region && mask < kQrMasks; ++mask) region = DrawRegion(url, mask, length);
  return region;
}

}  // namespace cityid

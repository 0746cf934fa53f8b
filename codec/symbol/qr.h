// QR symbols (ISO/IEC 18004) from segments that the caller lays, and the drawing of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

enum class QrMode { kNumeric, kAlphanumeric, kByte };
/// Error correction: about 7, 15, 25, 30 % of the codewords can be restored.
enum class QrLevel { kLow, kMedium, kQuartile, kHigh };

struct QrSegment {
  QrMode mode;
  std::string text;
};

/// A symbol without its quiet zone.
struct QrSymbol {
  int version = 0;            ///< 1 to 40
  int size = 0;               ///< modules a side: 17 + 4 * version
  std::vector<bool> modules;  ///< row by row from the top left; true is dark

  bool dark(int x, int y) const { return modules[static_cast<std::size_t>(y * size + x)]; }
};

/// The light margin that ISO/IEC 18004 requires on every side, in modules.
inline constexpr int kQuietZone = 4;

/// The segments of a code's URL (docs/city-code.md 5.1): bytes for scheme and host, alphanumeric
/// for `/<ID>/`, numeric for the token. `url` must be one that `ParseCodeUrl` accepts.
std::vector<QrSegment> CodeUrlSegments(std::string_view url);

/// The smallest version that holds the segments. Errors: kUsage for text that its mode can't hold;
/// kTooLarge if version 40 does not hold it.
Result<QrSymbol> EncodeQr(const std::vector<QrSegment>& segments, QrLevel level);

/// SVG 1.1, one unit a module, quiet zone included, dark modules as one path.
std::string DrawSvg(const QrSymbol& symbol);

/// PNG, 1 bit a pixel, quiet zone included. `scale`: pixels a module, 1 to 64.
/// Errors: kUsage for another scale.
Result<Bytes> DrawPng(const QrSymbol& symbol, int scale);

/// PDF, one page as large as the symbol with its quiet zone. `module_mm`: millimetres a module,
/// above 0 and at most 20. Byte for byte the same for the same symbol. Errors: kUsage.
Result<Bytes> DrawPdf(const QrSymbol& symbol, double module_mm);

/// For a terminal: UTF-8 half blocks, two rows of modules a line, quiet zone included. Light
/// modules are drawn, so that the symbol scans on a dark background; with `colors`, ANSI escapes
/// force black on white whatever the background is.
std::string DrawText(const QrSymbol& symbol, bool colors);

}  // namespace cityid

// QR symbols (ISO/IEC 18004) from segments that the caller lays. draw.h draws them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "codec/symbol/matrix.h"

namespace cityid {

enum class QrMode { kNumeric, kAlphanumeric, kByte };
/// Error correction: about 7, 15, 25, 30 % of the codewords can be restored.
enum class QrLevel { kLow, kMedium, kQuartile, kHigh };

inline constexpr int kQrMasks = 8;

struct QrSegment {
  QrMode mode;
  std::string text;
};

struct QrSymbol : ModuleMatrix {
  int version = 0;  ///< 1 to 40; the size is 17 + 4 * version
  int mask = 0;     ///< 0 to 7: which pattern the modules are mixed with (ISO/IEC 18004, 7.8)
};

/// The segments of a code's URL (docs/city-code.md 5.1): bytes for scheme and host, alphanumeric
/// for `/<ID>/`, numeric for the token. `url` must be one that `ParseCodeUrl` accepts.
std::vector<QrSegment> CodeUrlSegments(std::string_view url);

/// The smallest version that holds the segments, with a mask from 0 to 7, or that which scanners like
/// best. Errors: kUsage for text that its mode can't hold; kTooLarge if version 40 does not hold it.
Result<QrSymbol> EncodeQr(const std::vector<QrSegment>& segments, QrLevel level,
                          std::optional<int> mask = std::nullopt);

}  // namespace cityid

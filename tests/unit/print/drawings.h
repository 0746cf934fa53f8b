// A code as that of a city, and its caption.
#pragma once

#include <string>

#include "codec/drawing/drawing.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"

namespace cityid {

/// Version 7, 45 modules a side.
inline QrSymbol ExampleSymbol() {
  std::string url = "https://id.example.cn/MA.156.1301/";
  for (int i = 0; i < 192; ++i) url += static_cast<char>('0' + (i * 7 + i / 10) % 10);
  return *EncodeQr(CodeUrlSegments(url), QrLevel::kMedium);
}

inline std::vector<CaptionText> ExampleCaption() {
  return {{CaptionRole::kIdentifier, "", "MA.156.1301-UB"},
          {CaptionRole::kName, "zh", "石家庄市"},
          {CaptionRole::kName, "en", "Shijiazhuang"},
          {CaptionRole::kName, "ar", CaptionTextOf("شيجياتشوانغ")},
          {CaptionRole::kHost, "", "id.example.cn"}};
}

inline Drawing ExampleDrawing(DrawingFormat format, std::vector<CaptionText> caption) {
  return {ModuleMatrix(ExampleSymbol()), format, kModuleMillimetres, 8, std::move(caption)};
}

}  // namespace cityid

// What a 2D symbol consists of, whatever its symbology is.
#pragma once

#include <cstddef>
#include <vector>

namespace cityid {

/// A square symbol without its quiet zone.
struct ModuleMatrix {
  int size = 0;               ///< modules a side
  std::vector<bool> modules;  ///< row by row from the top left; true is dark

  bool dark(int x, int y) const { return modules[static_cast<std::size_t>(y * size + x)]; }
};

/// The light margin on every side, in modules. ISO/IEC 18004 requires four around a QR code; Data
/// Matrix and Aztec ask for less, and get the same.
inline constexpr int kQuietZone = 4;

/// Returns the modules a side with the quiet zone.
inline int SideWithQuietZone(const ModuleMatrix& symbol) { return symbol.size + 2 * kQuietZone; }

/// Calls `draw(x, y, length)` for every horizontal run of dark modules; x and y count from the
/// corner of the quiet zone.
template <class Draw>
void ForEachRun(const ModuleMatrix& symbol, Draw draw) {
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

}  // namespace cityid

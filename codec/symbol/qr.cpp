#include "codec/symbol/qr.h"

#include <qrencode.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace cityid {
namespace {

struct InputFree {
  void operator()(QRinput* input) const { QRinput_free(input); }
};
struct CodeFree {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// Version 40-L in numeric mode, the most that any symbol holds.
constexpr std::size_t kMaxCharacters = 7089;
// libqrencode's way to ask for the smallest version.
constexpr int kSmallest = 0;

/// What libqrencode and people call a mode.
struct ModeRow {
  QrMode mode;
  QRencodeMode native;
  const char* name;
};
constexpr std::array kModes = {ModeRow{QrMode::kNumeric, QR_MODE_NUM, "numeric"},
                               ModeRow{QrMode::kAlphanumeric, QR_MODE_AN, "alphanumeric"},
                               ModeRow{QrMode::kByte, QR_MODE_8, "byte"}};

/// What libqrencode calls a level, and its bits in a symbol's format.
struct LevelRow {
  QrLevel level;
  QRecLevel native;
  unsigned format;
};
constexpr std::array kLevels = {
    LevelRow{QrLevel::kLow, QR_ECLEVEL_L, 1}, LevelRow{QrLevel::kMedium, QR_ECLEVEL_M, 0},
    LevelRow{QrLevel::kQuartile, QR_ECLEVEL_Q, 3}, LevelRow{QrLevel::kHigh, QR_ECLEVEL_H, 2}};

const ModeRow& RowOf(QrMode mode) { return *std::ranges::find(kModes, mode, &ModeRow::mode); }
const LevelRow& RowOf(QrLevel level) {
  return *std::ranges::find(kLevels, level, &LevelRow::level);
}

Error TooLarge() { return Error{Errc::kTooLarge, "qr code: too long for version 40"}; }

Result<void> Append(QRinput* input, const QrSegment& segment) {
  if (segment.text.empty()) return Error{Errc::kUsage, "qr code: empty segment"};
  if (segment.text.size() > kMaxCharacters) return TooLarge();
  const auto* data = reinterpret_cast<const unsigned char*>(segment.text.data());
  const ModeRow& mode = RowOf(segment.mode);
  if (QRinput_append(input, mode.native, static_cast<int>(segment.text.size()), data)) {
    if (errno == ENOMEM) std::abort();
    return Error{Errc::kUsage, std::string("qr code: text that ") + mode.name + " mode can't hold"};
  }
  return {};
}

/// Returns the 15 bits that say level and mask (ISO/IEC 18004, 7.9): a BCH code of five bits.
unsigned FormatBits(QrLevel level, int mask) {
  constexpr unsigned kGenerator = 0x537;
  constexpr unsigned kPattern = 0x5412;
  const unsigned data = RowOf(level).format << 3 | static_cast<unsigned>(mask);
  unsigned rest = data << 10;
  for (int bit = 14; bit >= 10; --bit)
    if (rest >> bit & 1) rest ^= kGenerator << (bit - 10);
  return (data << 10 | rest) ^ kPattern;
}

/// Calls `visit(x, y)` for the modules of the format's bits, the last bit first; each bit has two.
template <class Visit>
void ForEachFormatModule(int size, Visit visit) {
  for (int bit = 0; bit < 15; ++bit) {
    // Beside the upper left finder pattern, past the timing pattern, which is row and column 6.
    if (bit < 8)
      visit(bit, 8, bit < 6 ? bit : bit + 1);
    else
      visit(bit, bit == 8 ? 7 : 14 - bit, 8);
    // Beside the two others.
    if (bit < 8)
      visit(bit, size - 1 - bit, 8);
    else
      visit(bit, 8, size - 15 + bit);
  }
}

/// Returns the mask of a symbol, which its format says.
int MaskOf(const QRcode& code, QrLevel level) {
  unsigned bits = 0;
  ForEachFormatModule(code.width, [&](int bit, int x, int y) {
    bits |= static_cast<unsigned>(code.data[y * code.width + x] & 1) << bit;
  });
  int mask = 0;
  while (mask < kQrMasks - 1 && FormatBits(level, mask) != bits) ++mask;
  return mask;
}

/// Returns true if a mask turns a data module over (7.8.2, table 10).
bool Turns(int mask, int x, int y) {
  switch (mask) {
    case 0:
      return (x + y) % 2 == 0;
    case 1:
      return y % 2 == 0;
    case 2:
      return x % 3 == 0;
    case 3:
      return (x + y) % 3 == 0;
    case 4:
      return (y / 2 + x / 3) % 2 == 0;
    case 5:
      return x * y % 2 + x * y % 3 == 0;
    case 6:
      return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
      return (x * y % 3 + (x + y) % 2) % 2 == 0;
  }
}

/// libqrencode chooses the mask itself: this exchanges it in what it made.
void Remask(QRcode& code, QrLevel level, int from, int to) {
  // Set in the modules that are neither data nor their correction, and so have no mask.
  constexpr unsigned char kFunction = 0x80;
  for (int y = 0; y < code.width; ++y) {
    for (int x = 0; x < code.width; ++x) {
      unsigned char& module = code.data[y * code.width + x];
      if (!(module & kFunction) && Turns(from, x, y) != Turns(to, x, y)) module ^= 1;
    }
  }
  const unsigned bits = FormatBits(level, to);
  ForEachFormatModule(code.width, [&](int bit, int x, int y) {
    unsigned char& module = code.data[y * code.width + x];
    module = static_cast<unsigned char>((module & ~1U) | (bits >> bit & 1));
  });
}

}  // namespace

std::vector<QrSegment> CodeUrlSegments(std::string_view url) {
  const std::size_t path = url.find('/', std::string_view("https://").size());
  const std::size_t token = url.rfind('/') + 1;
  return {{QrMode::kByte, std::string(url.substr(0, path))},
          {QrMode::kAlphanumeric, std::string(url.substr(path, token - path))},
          {QrMode::kNumeric, std::string(url.substr(token))}};
}

Result<QrSymbol> EncodeQr(const std::vector<QrSegment>& segments, QrLevel level,
                          std::optional<int> mask) {
  if (segments.empty()) return Error{Errc::kUsage, "qr code: nothing to encode"};
  const std::unique_ptr<QRinput, InputFree> input(QRinput_new2(kSmallest, RowOf(level).native));
  if (!input) std::abort();
  for (const QrSegment& segment : segments) {
    if (auto appended = Append(input.get(), segment); !appended) return appended.error();
  }
  const std::unique_ptr<QRcode, CodeFree> code(QRcode_encodeInput(input.get()));
  if (!code) {
    if (errno == ENOMEM) std::abort();
    return TooLarge();
  }

  QrSymbol symbol;
  symbol.version = code->version;
  symbol.mask = MaskOf(*code, level);
  if (mask) {
    Remask(*code, level, symbol.mask, *mask);
    symbol.mask = *mask;
  }
  symbol.size = code->width;
  const auto count = static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width);
  symbol.modules.reserve(count);
  // The other bits of a module say which part of the symbol it belongs to.
  for (std::size_t i = 0; i < count; ++i) symbol.modules.push_back(code->data[i] & 1);
  return symbol;
}

}  // namespace cityid

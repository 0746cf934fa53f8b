#include "codec/symbol/qr.h"

#include <qrencode.h>

#include <cerrno>
#include <memory>
#include <new>

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

QRencodeMode Native(QrMode mode) {
  switch (mode) {
    case QrMode::kNumeric:
      return QR_MODE_NUM;
    case QrMode::kAlphanumeric:
      return QR_MODE_AN;
    case QrMode::kByte:
      return QR_MODE_8;
  }
  return QR_MODE_NUL;
}

QRecLevel Native(QrLevel level) {
  switch (level) {
    case QrLevel::kLow:
      return QR_ECLEVEL_L;
    case QrLevel::kMedium:
      return QR_ECLEVEL_M;
    case QrLevel::kQuartile:
      return QR_ECLEVEL_Q;
    case QrLevel::kHigh:
      return QR_ECLEVEL_H;
  }
  return QR_ECLEVEL_H;
}

std::string_view Name(QrMode mode) {
  switch (mode) {
    case QrMode::kNumeric:
      return "numeric";
    case QrMode::kAlphanumeric:
      return "alphanumeric";
    case QrMode::kByte:
      return "byte";
  }
  return "unknown";
}

Error TooLarge() { return Error{Errc::kTooLarge, "qr code: too long for version 40"}; }

Result<void> Append(QRinput* input, const QrSegment& segment) {
  if (segment.text.empty()) return Error{Errc::kUsage, "qr code: empty segment"};
  if (segment.text.size() > kMaxCharacters) return TooLarge();
  const auto* data = reinterpret_cast<const unsigned char*>(segment.text.data());
  if (QRinput_append(input, Native(segment.mode), static_cast<int>(segment.text.size()), data)) {
    if (errno == ENOMEM) throw std::bad_alloc();
    return Error{Errc::kUsage,
                 "qr code: text that " + std::string(Name(segment.mode)) + " mode can't hold"};
  }
  return {};
}

}  // namespace

std::vector<QrSegment> CodeUrlSegments(std::string_view url) {
  const std::size_t path = url.find('/', std::string_view("https://").size());
  const std::size_t token = url.rfind('/') + 1;
  return {{QrMode::kByte, std::string(url.substr(0, path))},
          {QrMode::kAlphanumeric, std::string(url.substr(path, token - path))},
          {QrMode::kNumeric, std::string(url.substr(token))}};
}

Result<QrSymbol> EncodeQr(const std::vector<QrSegment>& segments, QrLevel level) {
  if (segments.empty()) return Error{Errc::kUsage, "qr code: nothing to encode"};
  const std::unique_ptr<QRinput, InputFree> input(QRinput_new2(kSmallest, Native(level)));
  if (!input) throw std::bad_alloc();
  for (const QrSegment& segment : segments) {
    if (auto appended = Append(input.get(), segment); !appended) return appended.error();
  }
  const std::unique_ptr<QRcode, CodeFree> code(QRcode_encodeInput(input.get()));
  if (!code) {
    if (errno == ENOMEM) throw std::bad_alloc();
    return TooLarge();
  }

  QrSymbol symbol;
  symbol.version = code->version;
  symbol.size = code->width;
  const auto count = static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width);
  symbol.modules.reserve(count);
  // The other bits of a module say which part of the symbol it belongs to.
  for (std::size_t i = 0; i < count; ++i) symbol.modules.push_back(code->data[i] & 1);
  return symbol;
}

}  // namespace cityid

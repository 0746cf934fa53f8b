// Symbols: from a code to a drawing, and from a picture back to its contents.
#include <benchmark/benchmark.h>
#include <qrencode.h>

#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"
#include "tests/bench/sample_ledger.h"
#include "tests/unit/symbol/photo.h"

namespace cityid::bench {
namespace {

constexpr std::chrono::sys_seconds kIssued{std::chrono::seconds(1'800'000'000)};
constexpr int kScale = 8;

QrSymbol SymbolOf(const ClaimedCode& code) {
  return Must(EncodeQr(CodeUrlSegments(Must(WriteCodeUrl(kHost, code))), QrLevel::kMedium));
}

void EncodeQrOfCode(benchmark::State& state) {
  const ClaimedCode code = SampleCode(0, 1, kIssued);
  for (auto _ : state) benchmark::DoNotOptimize(SymbolOf(code));
}
BENCHMARK(EncodeQrOfCode);

/// The library with the same segments, each time those of another code, and nothing of ours around
/// it.
void LibqrencodeAlone(benchmark::State& state) {
  std::vector<std::vector<QrSegment>> codes;
  for (std::uint32_t serial = 1; serial <= 256; ++serial) {
    const ClaimedCode code = SampleCode(0, serial, kIssued);
    codes.push_back(CodeUrlSegments(Must(WriteCodeUrl(kHost, code))));
  }
  constexpr std::array<QRencodeMode, 3> kModes = {QR_MODE_NUM, QR_MODE_AN, QR_MODE_8};
  std::size_t next = 0;
  for (auto _ : state) {
    QRinput* input = QRinput_new2(0, QR_ECLEVEL_M);
    for (const QrSegment& segment : codes[next++ % codes.size()]) {
      QRinput_append(input, kModes[static_cast<std::size_t>(segment.mode)],
                     static_cast<int>(segment.text.size()),
                     reinterpret_cast<const unsigned char*>(segment.text.data()));
    }
    QRcode* symbol = QRcode_encodeInput(input);
    if (symbol == nullptr) state.SkipWithError("libqrencode takes no code");
    QRcode_free(symbol);
    QRinput_free(input);
  }
}
BENCHMARK(LibqrencodeAlone);

void DrawSvgOfCode(benchmark::State& state) {
  const QrSymbol symbol = SymbolOf(SampleCode(0, 1, kIssued));
  for (auto _ : state) benchmark::DoNotOptimize(DrawSvg(symbol));
}
BENCHMARK(DrawSvgOfCode);

/// What an office does for each sign or document.
void SignAndDrawSvg(benchmark::State& state) {
  const SecretKey key = SampleCodeKey(0);
  CodeClaims claims = SampleCode(0, 1, kIssued).claims;
  for (auto _ : state) {
    ++claims.serial;
    benchmark::DoNotOptimize(DrawSvg(SymbolOf(Must(SignCode(claims, key)))));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SignAndDrawSvg);

void DrawPngOfCode(benchmark::State& state) {
  const QrSymbol symbol = SymbolOf(SampleCode(0, 1, kIssued));
  for (auto _ : state) benchmark::DoNotOptimize(DrawPng(symbol, kScale));
}
BENCHMARK(DrawPngOfCode);

void ReadImage(benchmark::State& state, const Bytes& file) {
  for (auto _ : state) {
    if (ReadSymbols(Must(DecodeGray(file))).size() != 1) {
      state.SkipWithError("the symbol is not found");
      break;
    }
  }
}

void ReadPng(benchmark::State& state) {
  ReadImage(state, Must(DrawPng(SymbolOf(SampleCode(0, 1, kIssued)), kScale)));
}
BENCHMARK(ReadPng)->Unit(benchmark::kMicrosecond);

/// 12 megapixels, the symbol a quarter of the height, turned, noisy, in colour, as a phone takes
/// it.
Bytes Photo() {
  Scene scene;
  scene.width = 4000;
  scene.height = 3000;
  scene.module_pixels = 16;
  scene.degrees = 12;
  JpegSettings settings;
  settings.quality = 85;
  settings.pixel_format = TJPF_RGB;
  settings.subsampling = TJSAMP_420;
  return WriteJpeg(Photograph(SymbolOf(SampleCode(0, 1, kIssued)), scene), settings);
}

void DecodePhoto(benchmark::State& state) {
  const Bytes file = Photo();
  for (auto _ : state) benchmark::DoNotOptimize(DecodeImage(file));
}
BENCHMARK(DecodePhoto)->Unit(benchmark::kMillisecond);

void ReadPhoto(benchmark::State& state) { ReadImage(state, Photo()); }
BENCHMARK(ReadPhoto)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cityid::bench

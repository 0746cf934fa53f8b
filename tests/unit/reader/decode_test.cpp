#include "codec/reader/decode.h"

#include <gtest/gtest.h>
#include <spng.h>

#include <cstdlib>
#include <optional>
#include <random>

#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

Errc CodeOf(ByteView file) { return DecodeGray(file).error().code; }

struct PngSettings {
  std::uint8_t color_type = SPNG_COLOR_TYPE_GRAYSCALE;
  std::uint8_t bit_depth = 8;
  std::uint8_t interlace = SPNG_INTERLACE_NONE;
  std::optional<std::uint16_t> transparent_gray = std::nullopt;
};

/// `samples`: as in the file, 16-bit ones in the order of this machine.
Bytes WritePng(std::uint32_t width, std::uint32_t height, const PngSettings& settings,
               const void* samples, std::size_t size) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> png(spng_ctx_new(SPNG_CTX_ENCODER),
                                                                spng_ctx_free);
  spng_ihdr header{width, height, settings.bit_depth, settings.color_type,
                   0,     0,      settings.interlace};
  spng_set_option(png.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_set_ihdr(png.get(), &header);
  if (settings.transparent_gray) {
    spng_trns transparency{};
    transparency.gray = *settings.transparent_gray;
    spng_set_trns(png.get(), &transparency);
  }
  int status = spng_encode_image(png.get(), samples, size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  std::size_t length = 0;
  if (!status) {
    auto* data = static_cast<std::uint8_t*>(spng_get_png_buffer(png.get(), &length, &status));
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> owned(data, std::free);
    if (!status) return Bytes(data, data + length);
  }
  throw std::runtime_error(spng_strerror(status));
}

Bytes WritePng(std::uint32_t width, std::uint32_t height, const PngSettings& settings,
               const Bytes& samples) {
  return WritePng(width, height, settings, samples.data(), samples.size());
}

std::uint32_t Crc(ByteView bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

void PutBigEndian(Bytes& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    file[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// A valid PNG whose header then claims another size.
Bytes PngClaiming(std::uint32_t width, std::uint32_t height) {
  Bytes png = WritePng(1, 1, {}, Bytes{0});
  PutBigEndian(png, 16, width);
  PutBigEndian(png, 20, height);
  PutBigEndian(png, 29, Crc(ByteView(png).subspan(12, 17)));
  return png;
}

/// A valid JPEG whose frame header then claims another size.
Bytes JpegClaiming(std::uint16_t width, std::uint16_t height) {
  Bytes jpeg = WriteJpeg(GrayImage{8, 8, Bytes(64, 255)});
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] != 0xff || jpeg[i + 1] != 0xc0) continue;
    jpeg[i + 5] = static_cast<std::uint8_t>(height >> 8);
    jpeg[i + 6] = static_cast<std::uint8_t>(height);
    jpeg[i + 7] = static_cast<std::uint8_t>(width >> 8);
    jpeg[i + 8] = static_cast<std::uint8_t>(width);
    return jpeg;
  }
  throw std::logic_error("no frame header");
}

/// A progressive JPEG with `extra` scans of 12 bytes, each of which goes over every block.
Bytes JpegWithScans(int extra) {
  Bytes jpeg =
      WriteJpeg(GrayImage{64, 64, Bytes(64 * 64, 200)}, {60, TJPF_GRAY, TJSAMP_GRAY, true});
  jpeg.erase(jpeg.end() - 2, jpeg.end());
  // A Huffman table whose one symbol is a run of at least 2^14 empty blocks.
  const Bytes table{0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0};
  const Bytes scan{0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x00, 0x01};
  jpeg.insert(jpeg.end(), table.begin(), table.end());
  for (int i = 0; i < extra; ++i) jpeg.insert(jpeg.end(), scan.begin(), scan.end());
  jpeg.insert(jpeg.end(), {0xff, 0xd9});
  return jpeg;
}

TEST(DecodeImage, ReadsEveryGrayDepthOfPng) {
  EXPECT_EQ(DecodeGray(WritePng(4, 1, {0, 1, 0}, {0b10100000}))->pixels, (Bytes{255, 0, 255, 0}));
  EXPECT_EQ(DecodeGray(WritePng(4, 1, {0, 2, 0}, {0b00011011}))->pixels, (Bytes{0, 85, 170, 255}));
  EXPECT_EQ(DecodeGray(WritePng(2, 1, {0, 4, 0}, {0x0f}))->pixels, (Bytes{0, 255}));
  EXPECT_EQ(DecodeGray(WritePng(2, 1, {0, 8, 0}, {7, 250}))->pixels, (Bytes{7, 250}));
  const std::uint16_t deep[] = {0x0100, 0xfe80};
  EXPECT_EQ(DecodeGray(WritePng(2, 1, {0, 16, 0}, deep, sizeof deep))->pixels, (Bytes{1, 254}));
}

TEST(DecodeImage, WeighsColorsAsTheEyeDoes) {
  const Bytes samples{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  const auto image = DecodeGray(WritePng(4, 1, {SPNG_COLOR_TYPE_TRUECOLOR, 8, 0}, samples));
  ASSERT_TRUE(image) << image.error().detail;
  EXPECT_EQ(image->pixels, (Bytes{76, 150, 29, 255}));
}

TEST(DecodeImage, PutsTransparencyOnWhite) {
  const Bytes gray{0, 0, 0, 255, 0, 128, 100, 0};
  EXPECT_EQ(DecodeGray(WritePng(4, 1, {SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 8, 0}, gray))->pixels,
            (Bytes{255, 0, 127, 255}));
  const Bytes color{255, 0, 0, 0, 0, 0, 0, 255};
  EXPECT_EQ(DecodeGray(WritePng(2, 1, {SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8, 0}, color))->pixels,
            (Bytes{255, 0}));
  EXPECT_EQ(DecodeGray(WritePng(3, 1, {0, 8, 0, 7}, {6, 7, 8}))->pixels, (Bytes{6, 255, 8}));
}

TEST(DecodeImage, ReadsInterlacedLikePlain) {
  std::mt19937 random(7);
  for (const std::uint32_t side : {1U, 2U, 5U, 8U, 21U}) {
    Bytes samples(side * side);
    for (auto& sample : samples) sample = static_cast<std::uint8_t>(random());
    const auto image = DecodeGray(WritePng(side, side, {0, 8, SPNG_INTERLACE_ADAM7}, samples));
    ASSERT_TRUE(image) << image.error().detail;
    EXPECT_EQ(image->pixels, samples) << side;
  }
}

TEST(DecodeImage, ReadsGrayColorAndProgressiveJpegAlike) {
  const GrayImage photo = Photograph(ExampleSymbol(), {160, 120, 2, 0, 0, 1});
  for (const JpegSettings& settings : {JpegSettings{95, TJPF_GRAY, TJSAMP_GRAY, false},
                                       JpegSettings{95, TJPF_RGB, TJSAMP_420, false},
                                       JpegSettings{95, TJPF_RGB, TJSAMP_444, true}}) {
    const auto image = DecodeGray(WriteJpeg(photo, settings));
    ASSERT_TRUE(image) << image.error().detail;
    ASSERT_EQ(image->width, 160);
    ASSERT_EQ(image->height, 120);
    for (std::size_t i = 0; i < photo.pixels.size(); ++i) {
      ASSERT_NEAR(image->pixels[i], photo.pixels[i], 30) << i;
    }
  }
}

TEST(DecodeImage, ReadsFourInks) {
  // Every ink has the same value, as Adobe writes it: 255 is none.
  const JpegSettings settings{95, TJPF_CMYK, TJSAMP_444, false};
  const auto image = DecodeGray(WriteJpeg(GrayImage{8, 8, Bytes(64, 128)}, settings));
  ASSERT_TRUE(image) << image.error().detail;
  EXPECT_NEAR(image->pixels[20], 128 * 128 / 255, 3);
}

TEST(DecodeImage, RefusesOtherKindsOfFile) {
  EXPECT_EQ(CodeOf({}), Errc::kUnsupported);
  EXPECT_EQ(CodeOf(AsBytes("BM and so on, as long as its header")), Errc::kUnsupported);
  EXPECT_EQ(CodeOf(AsBytes("%PDF-1.7")), Errc::kUnsupported);
  EXPECT_EQ(CodeOf(AsBytes("\x89PNG\r\n\x1a")), Errc::kUnsupported);
}

TEST(DecodeImage, RefusesHugePngFromItsHeader) {
  EXPECT_EQ(CodeOf(PngClaiming(100000, 100000)), Errc::kTooLarge);
  EXPECT_EQ(CodeOf(PngClaiming(16385, 1)), Errc::kTooLarge);
  EXPECT_EQ(CodeOf(PngClaiming(1, 16385)), Errc::kTooLarge);
  EXPECT_EQ(CodeOf(PngClaiming(10000, 6401)), Errc::kTooLarge);
  // Within the bounds, and so found to be short.
  EXPECT_EQ(CodeOf(PngClaiming(16384, 2)), Errc::kMalformed);
  EXPECT_EQ(CodeOf(PngClaiming(0, 1)), Errc::kMalformed);
}

TEST(DecodeImage, RefusesHugeJpegFromItsHeader) {
  EXPECT_EQ(CodeOf(JpegClaiming(65000, 65000)), Errc::kTooLarge);
  EXPECT_EQ(CodeOf(JpegClaiming(32769, 8)), Errc::kTooLarge);
  EXPECT_EQ(CodeOf(JpegClaiming(8, 32769)), Errc::kTooLarge);
  EXPECT_EQ(CodeOf(JpegClaiming(32000, 8001)), Errc::kTooLarge);
  // Within the bounds, and so found to be short.
  EXPECT_TRUE(DecodeImage(JpegClaiming(16384, 16))->cut_off);
}

TEST(DecodeImage, ReadsTheLargestPicturesOfPhonesAtAFraction) {
  struct Sensor {
    int width, height, reduced;
  };
  for (const auto& [width, height, reduced] :
       {Sensor{8160, 6144, 1}, Sensor{12000, 9000, 2}, Sensor{16320, 12240, 2}}) {
    GrayImage image = Blank(width, height);
    std::ranges::fill(image.pixels, 190);
    const GrayImage code = *DecodeGray(*DrawPng(ExampleSymbol(), 10));
    for (int y = 0; y < code.height; ++y)
      std::copy_n(code.row(y), code.width, image.row(height / 2 + y) + width / 3);
    auto decoded = DecodeImage(WriteJpeg(image));
    ASSERT_TRUE(decoded) << width << " x " << height;
    EXPECT_EQ(decoded->reduced, reduced);
    EXPECT_EQ(decoded->image.width, width / reduced);
    EXPECT_EQ(decoded->image.height, height / reduced);
    EXPECT_FALSE(decoded->cut_off);
    const ReadHere result = ReadPicture(*std::move(decoded));
    ASSERT_EQ(result.symbols.size(), 1U) << width << " x " << height;
    EXPECT_EQ(AsText(result.symbols[0].content), ExampleUrl());
    EXPECT_TRUE(result.unread.empty() && result.troubles.empty());
  }
}

TEST(DecodeImage, RefusesAFileOverItsBound) {
  Bytes png = *DrawPng(ExampleSymbol(), 1);
  png.resize(kMaxPictureFile);
  EXPECT_TRUE(DecodeGray(png));
  png.push_back(0);
  EXPECT_EQ(CodeOf(png), Errc::kTooLarge);
}

TEST(DecodeImage, RefusesPngCutAnywhereInItsChunks) {
  const Bytes plain = *DrawPng(ExampleSymbol(), 4);
  const Bytes interlaced = WritePng(64, 64, {0, 8, SPNG_INTERLACE_ADAM7}, Bytes(64 * 64, 77));
  for (const Bytes& png : {plain, interlaced}) {
    // The end chunk is empty: whether its checksum is there makes no difference to the image.
    for (std::size_t length = 8; length < png.size() - 4; ++length) {
      ASSERT_EQ(CodeOf(ByteView(png).first(length)), Errc::kMalformed) << length;
    }
  }
}

TEST(DecodeImage, ReadsAJpegThatIsCutAsFarAsItGoesAndSaysSo) {
  const GrayImage photo = Photograph(ExampleSymbol(), {160, 120, 2, 0, 5, 1});
  const Bytes jpeg = WriteJpeg(photo);
  int read = 0;
  for (std::size_t length = 3; length < jpeg.size() - 2; ++length) {
    const auto decoded = DecodeImage(ByteView(jpeg).first(length));
    // Before its pixels begin there is nothing to read.
    if (!decoded) {
      ASSERT_EQ(decoded.error().code, Errc::kMalformed) << length;
      continue;
    }
    ++read;
    // The last bytes may hold nothing but the bits that fill them up.
    EXPECT_TRUE(decoded->cut_off) << length << " of " << jpeg.size();
    ASSERT_EQ(decoded->image.pixels.size(), 160U * 120U) << length;
    if (length == jpeg.size() / 2) { EXPECT_NEAR(decoded->image.pixels[0], photo.pixels[0], 40); }
  }
  EXPECT_GT(read, static_cast<int>(jpeg.size() / 2));
}

TEST(DecodeImage, ReadsAProgressiveJpegThatIsCutWithoutHarm) {
  const GrayImage photo = Photograph(ExampleSymbol(), {160, 120, 2, 0, 5, 1});
  const Bytes jpeg = WriteJpeg(photo, {60, TJPF_GRAY, TJSAMP_GRAY, true});
  for (std::size_t length = 3; length < jpeg.size(); ++length) {
    const auto decoded = DecodeImage(ByteView(jpeg).first(length));
    if (!decoded) { ASSERT_EQ(decoded.error().code, Errc::kMalformed) << length; }
  }
}

TEST(DecodeImage, ToleratesWhatCamerasWrite) {
  const Bytes jpeg = WriteJpeg(Photograph(ExampleSymbol(), {160, 120, 2, 0, 5, 1}));
  const auto whole = DecodeImage(jpeg);
  Bytes no_end(jpeg.begin(), jpeg.end() - 2);
  Bytes extra = no_end;
  extra.insert(extra.end(), 1000, 0);
  extra.insert(extra.end(), {0xff, 0xd9});
  Bytes behind = jpeg;
  behind.insert(behind.end(), 5000, 0x55);
  for (const Bytes& file : {no_end, extra, behind}) {
    const auto decoded = DecodeImage(file);
    ASSERT_TRUE(decoded) << decoded.error().detail;
    EXPECT_FALSE(decoded->cut_off);
    EXPECT_EQ(decoded->image.pixels, whole->image.pixels);
  }
}

/// Returns where the pixels of a JPEG file begin: behind the header of its first scan.
std::size_t PixelsOf(ByteView jpeg) {
  std::size_t at = 2;
  while (jpeg[at + 1] != 0xda) at += 2 + ReadBigEndian(jpeg.subspan(at + 2, 2));
  return at + 2 + ReadBigEndian(jpeg.subspan(at + 2, 2));
}

TEST(DecodeImage, SaysThatBytesAreLeftOverUnlessTheyFillUp) {
  const Bytes jpeg = WriteJpeg(Photograph(ExampleSymbol(), {160, 120, 2, 0, 5, 1}));
  const auto cut_off = [&jpeg](const Bytes& extra) {
    Bytes file(jpeg.begin(), jpeg.end() - 2);
    Append(file, extra);
    file.insert(file.end(), {0xff, 0xd9});
    return DecodeImage(file)->cut_off;
  };
  Bytes pairs;
  for (int i = 0; i < 500; ++i) pairs.insert(pairs.end(), {0x12, 0x34});
  EXPECT_FALSE(cut_off(pairs));
  EXPECT_FALSE(cut_off(Bytes(301, 0x55)));
  Bytes pixels(jpeg.begin() + static_cast<std::ptrdiff_t>(PixelsOf(jpeg)), jpeg.end() - 2);
  pixels.resize(300);
  EXPECT_TRUE(cut_off(pixels));
  pairs[499] = 0x77;
  EXPECT_TRUE(cut_off(pairs));
}

TEST(DecodeImage, SaysThatPixelsAreDamagedWhateverTheCameraWritesBeside) {
  const Bytes jpeg = WriteJpeg(Photograph(ExampleSymbol(), {320, 240, 4, 0, 5, 1}));
  const std::size_t pixels = PixelsOf(jpeg);
  for (const bool odd_parameters : {false, true}) {
    Bytes whole = jpeg;
    if (odd_parameters) std::fill_n(whole.begin() + static_cast<std::ptrdiff_t>(pixels) - 3, 2, 0);
    EXPECT_FALSE(DecodeImage(whole)->cut_off) << odd_parameters;
    int said = 0;
    constexpr int kRounds = 40;
    for (int round = 0; round < kRounds; ++round) {
      // Bytes are missing in the middle, so that pixels are missing in the end.
      Bytes damaged = whole;
      const auto at = static_cast<std::ptrdiff_t>(pixels + (damaged.size() - pixels) / 3) + 7 * round;
      damaged.erase(damaged.begin() + at, damaged.begin() + at + 200);
      said += DecodeImage(damaged)->cut_off;
    }
    EXPECT_EQ(said, kRounds) << odd_parameters;
  }
}

TEST(DecodeImage, SaysThatAProgressiveJpegEndsBetweenItsScans) {
  const Bytes jpeg = WriteJpeg(Photograph(ExampleSymbol(), {160, 120, 2, 0, 5, 1}),
                               {60, TJPF_GRAY, TJSAMP_GRAY, true});
  EXPECT_FALSE(DecodeImage(jpeg)->cut_off);
  int scans = 0;
  for (std::size_t at = PixelsOf(jpeg); at + 1 < jpeg.size() - 2; ++at) {
    if (jpeg[at] != 0xff || (jpeg[at + 1] != 0xda && jpeg[at + 1] != 0xc4)) continue;
    ++scans;
    const auto decoded = DecodeImage(ByteView(jpeg).first(at));
    ASSERT_TRUE(decoded) << decoded.error().detail;
    EXPECT_TRUE(decoded->cut_off) << at << " of " << jpeg.size();
  }
  EXPECT_GT(scans, 3);
}

TEST(DecodeImage, BoundsTheScansOfProgressiveJpeg) {
  const auto few = DecodeGray(JpegWithScans(10));
  EXPECT_TRUE(few) << few.error().detail;
  EXPECT_EQ(CodeOf(JpegWithScans(2000)), Errc::kMalformed);
}

TEST(DecodeImage, SurvivesDamageAnywhere) {
  constexpr unsigned kSeed = 20240601;
  std::mt19937 random(kSeed);
  const GrayImage photo = Photograph(ExampleSymbol(), {160, 120, 2, 0, 5, 1});
  const std::vector<Bytes> files{*DrawPng(ExampleSymbol(), 2), WriteJpeg(photo),
                                 WriteJpeg(photo, {60, TJPF_GRAY, TJSAMP_GRAY, true})};
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    Bytes file = files[static_cast<std::size_t>(round) % files.size()];
    for (int i = 0; i < 4; ++i) file[random() % file.size()] = static_cast<std::uint8_t>(random());
    const auto image = DecodeGray(file);
    if (!image) {
      ++refused;
      continue;
    }
    EXPECT_EQ(image->pixels.size(),
              static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height))
        << "seed " << kSeed << " round " << round;
  }
  EXPECT_GT(refused, 500) << "seed " << kSeed;
}

TEST(DecodeImage, RefusesGarbageBehindASignature) {
  constexpr unsigned kSeed = 20240602;
  std::mt19937 random(kSeed);
  const Bytes signatures[] = {
      {}, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, {0xff, 0xd8, 0xff}};
  for (int round = 0; round < 3000; ++round) {
    Bytes file = signatures[round % 3];
    const std::size_t length = random() % 300;
    for (std::size_t i = 0; i < length; ++i) file.push_back(static_cast<std::uint8_t>(random()));
    EXPECT_FALSE(DecodeGray(file)) << "seed " << kSeed << " round " << round;
  }
}

}  // namespace
}  // namespace cityid

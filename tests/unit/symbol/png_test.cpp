#include "codec/symbol/png.h"

#include <gtest/gtest.h>
#include <spng.h>

#include <memory>
#include <random>
#include <stdexcept>

namespace cityid {
namespace {

struct PngFree {
  void operator()(spng_ctx* png) const { spng_ctx_free(png); }
};

/// What libspng, which shares nothing with our writer, says of a file.
struct Judged {
  spng_ihdr header{};
  spng_phys density{};
  Bytes pixels;
};

Judged Judge(const Bytes& file) {
  const std::unique_ptr<spng_ctx, PngFree> png(spng_ctx_new(0));
  Judged judged;
  std::size_t size = 0;
  int status = spng_set_crc_action(png.get(), SPNG_CRC_ERROR, SPNG_CRC_ERROR);
  if (!status) status = spng_set_png_buffer(png.get(), file.data(), file.size());
  if (!status) status = spng_get_ihdr(png.get(), &judged.header);
  if (!status) status = spng_get_phys(png.get(), &judged.density);
  if (!status) status = spng_decoded_image_size(png.get(), SPNG_FMT_RAW, &size);
  judged.pixels.resize(size);
  if (!status) status = spng_decode_image(png.get(), judged.pixels.data(), size, SPNG_FMT_RAW, 0);
  if (!status) status = spng_decode_chunks(png.get());
  if (status) throw std::runtime_error(spng_strerror(status));
  return judged;
}

TEST(WritePng, IsReadBackBitByBit) {
  constexpr unsigned kSeed = 20261129;
  std::mt19937 random(kSeed);
  for (const int bits : {1, 8}) {
    for (const std::uint32_t width : {1u, 7u, 8u, 9u, 300u}) {
      GreyRows picture{width, 1 + width / 3, bits, {}};
      picture.pixels.resize(RowSize(picture) * picture.height);
      for (auto& byte : picture.pixels) byte = static_cast<std::uint8_t>(random());
      const Judged judged = Judge(WritePng(picture, 0.1));
      EXPECT_EQ(judged.header.width, width);
      EXPECT_EQ(judged.header.height, picture.height);
      EXPECT_EQ(judged.header.bit_depth, bits);
      EXPECT_EQ(judged.header.color_type, SPNG_COLOR_TYPE_GRAYSCALE);
      EXPECT_EQ(judged.pixels, picture.pixels) << "seed " << kSeed;
    }
  }
}

TEST(WritePng, SaysHowLargeAPixelIsInPrint) {
  for (const auto& [pixel_mm, a_metre] :
       {std::pair{0.1, 10000u}, std::pair{25.4 / 300, 11811u}, std::pair{20.0, 50u},
        std::pair{1e-9, 0x7fffffffu}, std::pair{1e6, 1u}}) {
    const spng_phys density = Judge(WritePng({8, 1, 1, {0xA5}}, pixel_mm)).density;
    EXPECT_EQ(density.ppu_x, a_metre);
    EXPECT_EQ(density.ppu_y, a_metre);
    EXPECT_EQ(density.unit_specifier, 1) << "the metre";
  }
}

TEST(WritePng, RefusesPixelsThatDoNotMatchTheSize) {
  EXPECT_THROW(WritePng({9, 2, 1, Bytes(3)}, 1), std::invalid_argument);
  EXPECT_THROW(WritePng({9, 2, 8, Bytes(19)}, 1), std::invalid_argument);
  EXPECT_THROW(WritePng({}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace cityid

#include "codec/reader/zbar_reader.h"

#include <gtest/gtest.h>
#include <qrencode.h>

#include <algorithm>
#include <memory>

#include "codec/reader/gray_image.h"

namespace cityid {
namespace {

struct ListFree {
  void operator()(QRcode_List* list) const { QRcode_List_free(list); }
};

struct CodeFree {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

void Draw(const QRcode& code, int left, int top, int scale, GrayImage& image) {
  for (int y = 0; y < code.width * scale; ++y)
    for (int x = 0; x < code.width * scale; ++x)
      if (code.data[y / scale * code.width + x / scale] & 1) image.row(top + y)[left + x] = 0;
}

TEST(ZbarReader, GivesEveryByteAsItIsDarkOnLightAndLightOnDark) {
  Bytes bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  const std::unique_ptr<QRcode, CodeFree> code(
      QRcode_encodeData(static_cast<int>(bytes.size()), bytes.data(), 0, QR_ECLEVEL_M));
  ASSERT_NE(code, nullptr);
  GrayImage image = Blank(code->width * 4 + 80, code->width * 4 + 80);
  std::ranges::fill(image.pixels, 255);
  Draw(*code, 40, 40, 4, image);
  for (const GrayImage& shown : {image, Inverted(image)}) {
    const auto symbols = *ZbarReader().Read(shown);
    ASSERT_EQ(symbols.size(), 1U) << int{shown.pixels[0]};
    EXPECT_EQ(symbols[0].content, bytes);
  }
}

TEST(ZbarReader, GivesEachPartOfATextThatIsSpreadOverSeveralCodesItsOwnPlace) {
  const std::string text = "a text that is too long for one code of this version, and so has two";
  const std::unique_ptr<QRcode_List, ListFree> list(
      QRcode_encodeStringStructured(text.c_str(), 3, QR_ECLEVEL_M, QR_MODE_8, 1));
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(QRcode_List_size(list.get()), 2);
  GrayImage image = Blank(900, 300);
  std::ranges::fill(image.pixels, 255);
  const int side = list->code->width * 5;
  Draw(*list->code, 60, 60, 5, image);
  Draw(*list->next->code, 660, 60, 5, image);
  auto symbols = *ZbarReader().Read(image);
  ASSERT_EQ(symbols.size(), 2U);
  std::ranges::sort(symbols, {}, [](const PictureSymbol& symbol) { return symbol.corners[0].x; });
  std::string joined;
  for (std::size_t i = 0; i < 2; ++i) {
    joined += AsText(symbols[i].content);
    for (const PicturePoint& corner : symbols[i].corners) {
      EXPECT_NEAR(corner.x, (i == 0 ? 60 : 660) + side / 2, side / 2 + 8);
      EXPECT_NEAR(corner.y, 60 + side / 2, side / 2 + 8);
    }
  }
  EXPECT_EQ(joined, text);
}

}  // namespace
}  // namespace cityid

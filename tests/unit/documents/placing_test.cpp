#include "cli/documents/placing.h"

#include <gtest/gtest.h>

#include <string>

namespace cityid::cli {
namespace {

constexpr int kWidth = 210, kHeight = 297;  // of the page in millimetres, and of its picture
constexpr StampSize kStamp{40, 45};

PdfLook Page(double width = kWidth, double height = kHeight) {
  PdfLook page;
  page.pages = page.page = 1;
  page.width_mm = width;
  page.height_mm = height;
  return page;
}

/// A picture of the page with a pixel a millimetre.
class Picture {
 public:
  explicit Picture(std::uint8_t background = 255) : pixels_(kWidth * kHeight, background) {}

  Picture& Draw(int left, int top, int right, int bottom, std::uint8_t grey = 0) {
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) pixels_[static_cast<std::size_t>(y * kWidth + x)] = grey;
    return *this;
  }

  Bytes File() const {
    const std::string head =
        "P5\n" + std::to_string(kWidth) + " " + std::to_string(kHeight) + "\n255\n";
    Bytes file(head.begin(), head.end());
    Append(file, pixels_);
    return file;
  }

 private:
  Bytes pixels_;
};

/// True if a stamp there touches nothing in a rectangle.
bool IsClearOf(const StampPlace& place, double left, double top, double right, double bottom) {
  return place.x_mm >= right || place.x_mm + kStamp.width_mm <= left || place.y_mm >= bottom ||
         place.y_mm + kStamp.height_mm <= top;
}

TEST(PlaceFreely, TakesTheCornerWithTheMostRoom) {
  // Below on the right is room for the stamp, above on the left for much more.
  const Bytes page = Picture().Draw(0, 200, 150, 297).Draw(140, 0, 210, 230).File();
  const auto place = PlaceFreely(page, Page(), kStamp);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->x_mm, kStampMargin);
  EXPECT_EQ(place->y_mm, kStampMargin);
  EXPECT_EQ(place->covered, 0);
}

TEST(PlaceFreely, PrefersTheLowerRightCornerOfAnEmptyPage) {
  const auto place = PlaceFreely(Picture().File(), Page(), kStamp);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->x_mm, kWidth - kStamp.width_mm - kStampMargin);
  EXPECT_EQ(place->y_mm, kHeight - kStamp.height_mm - kStampMargin);
}

TEST(PlaceFreely, LeavesFormFieldsFreeThatNothingIsSeenOf) {
  PdfLook page = Page();
  page.taken = {{160, 240, 30, 10}};
  const auto place = PlaceFreely(Picture().File(), page, kStamp);
  ASSERT_TRUE(place);
  EXPECT_TRUE(IsClearOf(*place, 160, 240, 190, 250));
  EXPECT_EQ(place->covered, 0);
}

TEST(PlaceFreely, CoversRatherWhatIsThereThanAFormField) {
  // Grey all over, and least of it where the field is.
  Picture picture;
  for (int y = 0; y < kHeight; y += 3) picture.Draw(0, y, kWidth, y + 1);
  picture.Draw(0, 100, kWidth, 200, 255);
  for (int y = 100; y < 200; y += 40) picture.Draw(0, y, kWidth, y + 1);
  PdfLook page = Page();
  page.taken = {{0, 95, 210, 110}};
  const auto place = PlaceFreely(picture.File(), page, kStamp);
  ASSERT_TRUE(place);
  EXPECT_GT(place->covered, 0);
  EXPECT_TRUE(IsClearOf(*place, 0, 95, 210, 205));
}

TEST(PlaceFreely, FindsAnEmptyPlaceThatIsNoCorner) {
  const Bytes page = Picture().Draw(0, 0, 210, 100).Draw(0, 160, 210, 297).File();
  const auto place = PlaceFreely(page, Page(), kStamp);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->covered, 0);
  EXPECT_TRUE(IsClearOf(*place, 0, 0, 210, 100));
  EXPECT_TRUE(IsClearOf(*place, 0, 160, 210, 297));
}

TEST(PlaceFreely, CoversWhereLeastIsAndSaysHowMuch) {
  Picture picture;
  for (int y = 0; y < kHeight; y += 12) picture.Draw(0, y, kWidth, y + 4);
  picture.Draw(0, 0, 100, kHeight);
  const auto place = PlaceFreely(picture.File(), Page(), kStamp);
  ASSERT_TRUE(place);
  EXPECT_GE(place->x_mm, 99);
  EXPECT_GT(place->covered, 20);
  EXPECT_LT(place->covered, 50);
}

TEST(PlaceFreely, AHairlineIsSomething) {
  const Bytes page = Picture().Draw(0, 270, 210, 271, 240).Draw(0, 20, 210, 21, 240).File();
  const auto place = PlaceFreely(page, Page(), kStamp);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->covered, 0);
  EXPECT_TRUE(IsClearOf(*place, 0, 270, 210, 271));
  EXPECT_TRUE(IsClearOf(*place, 0, 20, 210, 21));
}

TEST(PlaceFreely, ABackgroundOfOneGreyIsEmpty) {
  const Bytes page = Picture(200).Draw(120, 200, 210, 297, 255).File();
  const auto place = PlaceFreely(page, Page(), kStamp);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->covered, 0);
  EXPECT_TRUE(IsClearOf(*place, 120, 200, 210, 297));
}

TEST(PlaceFreely, RefusesAPageThatIsTooSmall) {
  const auto place = PlaceFreely(Picture().File(), Page(39, 100), kStamp);
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().code, Errc::kUsage);
}

TEST(PlaceFreely, StaysOnAPageThatHardlyHasRoom) {
  const auto place = PlaceFreely(Picture(0).Draw(0, 0, 100, 100, 255).File(), Page(41, 46), kStamp);
  ASSERT_TRUE(place);
  EXPECT_GE(place->x_mm, 0);
  EXPECT_LE(place->x_mm, 1);
  EXPECT_GE(place->y_mm, 0);
  EXPECT_LE(place->y_mm, 1);
}

TEST(PlaceFreely, RefusesWhatIsNoPicture) {
  const Bytes page = Picture().File();
  for (const std::size_t size : {std::size_t{0}, std::size_t{9}, page.size() - 1})
    EXPECT_FALSE(PlaceFreely(ByteView(page).first(size), Page(), kStamp));
  EXPECT_FALSE(PlaceFreely(AsBytes("P5\n99999 99999\n255\n"), Page(), kStamp));
}

TEST(PlaceAt, PutsEachCornerWithinTheMargin) {
  for (const auto& [name, x, y] : {std::tuple("top-left", 8.0, 8.0),
                                   {"top-right", 162.0, 8.0},
                                   {"bottom-left", 8.0, 244.0},
                                   {"bottom-right", 162.0, 244.0}}) {
    const auto place = PlaceAt(*StampAt::Parse(name), Page(), kStamp);
    ASSERT_TRUE(place) << name;
    EXPECT_EQ(place->x_mm, x) << name;
    EXPECT_EQ(place->y_mm, y) << name;
  }
}

TEST(PlaceAt, RefusesAPointBeyondWhichThePageEnds) {
  EXPECT_TRUE(PlaceAt(*StampAt::Parse("170,252"), Page(), kStamp));
  EXPECT_FALSE(PlaceAt(*StampAt::Parse("170.1,252"), Page(), kStamp));
  EXPECT_FALSE(PlaceAt(*StampAt::Parse("170,252.1"), Page(), kStamp));
}

TEST(ParseStampAt, RefusesOtherWords) {
  for (const char* text :
       {"", "middle", "1", "1,", ",1", "1,2,3", "-1,2", "nan,1", "1,inf", "1 ,2", "1e9,1", "0x1,2"})
    EXPECT_FALSE(StampAt::Parse(text)) << text;
}

}  // namespace
}  // namespace cityid::cli

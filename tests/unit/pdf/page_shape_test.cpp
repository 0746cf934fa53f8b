#include "codec/pdf/page_shape.h"

#include <gtest/gtest.h>

#include "codec/pdf/stamper.h"
#include "tests/unit/pdf/handmade.h"

namespace cityid {
namespace {

/// A page's shape, and where in its own units the point 10 mm to the right and 20 mm below of its
/// upper left corner lies.
struct Seen {
  double width = 0, height = 0, x = 0, y = 0;
};

constexpr double kMm = 72 / 25.4;

Seen Look(const std::string& page, const std::string& pages = "") {
  const std::string file = TablePdf(OnePage(page, "", "", pages));
  QPDF qpdf;
  qpdf.processMemoryFile("test", file.data(), file.size());
  const auto tree = PageTree::Read(qpdf);
  if (!tree) return {};
  const auto shape = ShapeOf(*tree, 1);
  EXPECT_TRUE(shape) << page;
  if (!shape) return {};
  const PagePoint point = shape->At(10, 20);
  return {shape->width_mm * kMm, shape->height_mm * kMm, point.x, point.y};
}

void Expect(const Seen& seen, double width, double height, double x, double y) {
  EXPECT_NEAR(seen.width, width, 1e-9);
  EXPECT_NEAR(seen.height, height, 1e-9);
  EXPECT_NEAR(seen.x, x, 1e-9);
  EXPECT_NEAR(seen.y, y, 1e-9);
}

TEST(PageShape, IsItsBoxWhateverCornerThatNamesFirst) {
  for (const char* box : {"[10 20 310 420]", "[310 420 10 20]", "[10 420 310 20]"})
    Expect(Look(std::string("/MediaBox ") + box), 300, 400, 10 + 10 * kMm, 420 - 20 * kMm);
}

TEST(PageShape, IsWhatIsLeftOfItsBoxByTheCropBox) {
  Expect(Look("/MediaBox [0 0 300 400] /CropBox [50 60 250 360]"), 200, 300, 50 + 10 * kMm,
         360 - 20 * kMm);
  Expect(Look("/MediaBox [0 0 300 400] /CropBox [-50 100 250 900]"), 250, 300, 10 * kMm,
         400 - 20 * kMm);
}

TEST(PageShape, TurnsToTheRight) {
  const std::string box = "/MediaBox [0 0 300 400] /Rotate ";
  Expect(Look(box + "90"), 400, 300, 20 * kMm, 10 * kMm);
  Expect(Look(box + "180"), 300, 400, 300 - 10 * kMm, 20 * kMm);
  Expect(Look(box + "270"), 400, 300, 300 - 20 * kMm, 400 - 10 * kMm);
  Expect(Look(box + "-90"), 400, 300, 300 - 20 * kMm, 400 - 10 * kMm);
  Expect(Look(box + "810"), 400, 300, 20 * kMm, 10 * kMm);
}

TEST(PageShape, HasUnits) {
  Expect(Look("/MediaBox [0 0 300 400] /UserUnit 2"), 600, 800, 5 * kMm, 400 - 10 * kMm);
  Expect(Look("/MediaBox [0 0 300 400]", "/UserUnit 2"), 300, 400, 10 * kMm, 400 - 20 * kMm);
}

TEST(PageShape, TellsWhereAnnotationsAreDrawn) {
  const auto taken = [](const std::string& page) {
    const std::string file =
        TablePdf(OnePage(
            page + " /Annots [<< /Subtype /Widget /Rect [30 300 10 390] >> << /Subtype /Link /Rect "
                   "[0 0 50 50] >> << /Subtype /Square /Rect [900 900 990 990] >>]"));
    const auto stamper = Stamper::Open(AsBytes(file));
    return stamper ? stamper->Look(1)->taken : std::vector<PagePart>();
  };
  const auto expect = [](const std::vector<PagePart>& parts, double x, double y, double width,
                         double height) {
    ASSERT_EQ(parts.size(), 1u) << "the others aren't drawn, or not on the page";
    EXPECT_NEAR(parts[0].x_mm * kMm, x, 1e-9);
    EXPECT_NEAR(parts[0].y_mm * kMm, y, 1e-9);
    EXPECT_NEAR(parts[0].width_mm * kMm, width, 1e-9);
    EXPECT_NEAR(parts[0].height_mm * kMm, height, 1e-9);
  };
  expect(taken("/MediaBox [0 0 300 400]"), 10, 10, 20, 90);
  expect(taken("/MediaBox [0 0 300 400] /Rotate 90"), 300, 10, 90, 20);
  expect(taken("/MediaBox [0 0 300 400] /Rotate 180"), 270, 300, 20, 90);
  expect(taken("/MediaBox [0 0 300 400] /CropBox [20 0 300 350]"), 0, 0, 10, 50);
}

}  // namespace
}  // namespace cityid

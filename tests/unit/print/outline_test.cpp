#include "codec/print/outline.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

const Outline kShape = {{OutlineStep::kMove, {1, 2}},
                        {OutlineStep::kLine, {5, 2}},
                        {OutlineStep::kCurve, {5, 3, 4.126, 4, 3, 6.5}},
                        {OutlineStep::kClose, {}}};

TEST(SvgPath, WritesNumbersToAHundredth) {
  EXPECT_EQ(SvgPath(kShape), "M1 2L5 2C5 3 4.13 4 3 6.5Z");
}

TEST(BoundsOf, AreThoseOfAllPoints) {
  const Box box = BoundsOf(kShape);
  EXPECT_EQ(box.left, 1);
  EXPECT_EQ(box.top, 2);
  EXPECT_EQ(box.right, 5);
  EXPECT_EQ(box.bottom, 6.5);
}

TEST(FitInto, LeavesAloneWhatFits) {
  Outline shape = kShape;
  FitInto(shape, {0, 0, 6, 8});
  EXPECT_EQ(SvgPath(shape), SvgPath(kShape));
}

TEST(FitInto, MakesSmallerWhatReachesOut) {
  for (const Box& box : {Box{2, 0, 6, 8}, Box{0, 0, 4, 8}, Box{0, 0, 6, 5}, Box{0, 3, 6, 8}}) {
    Outline shape = kShape;
    FitInto(shape, box);
    const Box now = BoundsOf(shape);
    EXPECT_GE(now.left, box.left - 1e-9);
    EXPECT_GE(now.top, box.top - 1e-9);
    EXPECT_LE(now.right, box.right + 1e-9);
    EXPECT_LE(now.bottom, box.bottom + 1e-9);
    EXPECT_GT(now.right, now.left);
  }
}

/// A square contour.
Outline Square(double x, double y, double side) {
  using Kind = OutlineStep::Kind;
  return {{Kind::kMove, {x, y}},
          {Kind::kLine, {x + side, y}},
          {Kind::kLine, {x + side, y + side}},
          {Kind::kLine, {x, y + side}},
          {Kind::kClose, {}}};
}

Outline Joined(std::initializer_list<Outline> parts) {
  Outline all;
  for (const Outline& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(PdfFill, WritesAShapeTheSameWhereverItIs) {
  const std::string here = PdfFill(Square(1.004, 2, 3));
  EXPECT_EQ(here, "q 1 0 0 1 1 2 cm\n0 0 m\n3 0 l\n3 3 l\n0 3 l\nh\nf Q\n");
  EXPECT_EQ(PdfFill(Square(-10.5, 123456.789, 3)),
            "q 1 0 0 1 -10.5 123456.79 cm\n0 0 m\n3 0 l\n3 3 l\n0 3 l\nh\nf Q\n");
}

TEST(PdfFill, FillsAHoleWithWhatIsAroundIt) {
  const auto fills = [](const Outline& outline) {
    const std::string operators = PdfFill(outline);
    std::size_t count = 0;
    for (std::size_t at = 0; (at = operators.find("f Q", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  const Outline outer = Square(0, 0, 10);
  const Outline hole = Square(3, 3, 2);
  const Outline beside = Square(20, 0, 10);
  EXPECT_EQ(fills(Joined({outer, hole})), 1u);
  EXPECT_EQ(fills(Joined({hole, outer})), 1u);
  EXPECT_EQ(fills(Joined({outer, hole, beside})), 2u);
  EXPECT_EQ(fills({}), 0u);
}

}  // namespace
}  // namespace cityid

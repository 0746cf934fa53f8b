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

}  // namespace
}  // namespace cityid

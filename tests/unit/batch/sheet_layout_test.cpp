#include "cli/batch/sheet_layout.h"

#include <gtest/gtest.h>

#include <sstream>

namespace cityid::cli {
namespace {

SheetLayout Divided(const SheetOptions& options) {
  const auto layout = DivideSheet(options);
  EXPECT_TRUE(layout) << layout.error().detail;
  return layout ? *layout : SheetLayout();
}

std::string RefusalOf(const SheetOptions& options) {
  const auto layout = DivideSheet(options);
  EXPECT_FALSE(layout);
  if (layout) return "";
  EXPECT_EQ(layout.error().code, Errc::kUsage);
  return layout.error().detail;
}

TEST(DivideSheet, FillsThePaperButForTheMargins) {
  const SheetLayout layout = Divided({"a4:3x8", "", "12", "1.5", false});
  EXPECT_EQ(layout.labels(), 24u);
  EXPECT_DOUBLE_EQ(layout.label_width, (210 - 24 - 3) / 3.0);
  EXPECT_DOUBLE_EQ(layout.label_height, (297 - 24 - 7 * 1.5) / 8);
  EXPECT_DOUBLE_EQ(layout.x(0), 12);
  EXPECT_DOUBLE_EQ(layout.y(0), 12);
  EXPECT_DOUBLE_EQ(layout.x(23) + layout.label_width, 210 - 12);
  EXPECT_DOUBLE_EQ(layout.y(23) + layout.label_height, 297 - 12);
  EXPECT_DOUBLE_EQ(layout.x(4), layout.x(1));
  EXPECT_DOUBLE_EQ(layout.y(4) - layout.y(1), layout.label_height + 1.5);
}

TEST(DivideSheet, PutsLabelsOfASizeIntoTheMiddle) {
  for (const char* sheet : {"a4:3x8", "a4", "210x297"}) {
    const SheetLayout layout = Divided({sheet, "70x37", "", "", false});
    EXPECT_EQ(layout.columns, 3) << sheet;
    EXPECT_EQ(layout.rows, 8) << sheet;
    EXPECT_DOUBLE_EQ(layout.x(0), 0) << sheet;
    EXPECT_DOUBLE_EQ(layout.y(0), 0.5) << sheet;
  }
  const SheetLayout layout = Divided({"a4", "63.5x38.1", "", "2.5", false});
  EXPECT_EQ(layout.columns, 3);
  EXPECT_EQ(layout.rows, 7);
  EXPECT_DOUBLE_EQ(layout.x(0), (210 - 3 * 63.5 - 5) / 2);
}

TEST(DivideSheet, KnowsPapers) {
  for (const auto& [name, width, height] : {std::tuple("a3:1x1", 297.0, 420.0),
                                            {"a4:1x1", 210.0, 297.0},
                                            {"a5:1x1", 148.0, 210.0},
                                            {"letter:1x1", 215.9, 279.4},
                                            {"100.5x50:1x1", 100.5, 50.0}}) {
    const SheetLayout layout = Divided({name, "", "", "", false});
    EXPECT_DOUBLE_EQ(layout.width, width) << name;
    EXPECT_DOUBLE_EQ(layout.height, height) << name;
  }
}

TEST(DivideSheet, RefusesWhatMakesNoSenseAndNamesTheOption) {
  for (const char* sheet : {"", "b4:3x8", "a4:", "a4:3", "a4:x8", "a4:0x1", "a4:-1x1", "a4:3x8x2",
                            "a4:1e1x1", "a4:99999999999999999999x1", "a4:201x1", "a4:15x15",
                            "1e3x20:1x1", "4x4:1x1", "2001x20:1x1", "nanx20:1x1", "a4:100x1"})
    EXPECT_NE(RefusalOf({sheet, "", "", "", false}).find("--sheet"), std::string::npos) << sheet;
  for (const char* label :
       {"70", "70x", "x37", "0x0", "4x37", "70x37x1", "211x37", "70x-1", " 70x37"})
    EXPECT_NE(RefusalOf({"a4", label, "", "", false}).find("--label"), std::string::npos) << label;
  for (const char* length : {"-1", "1,5", "1e1", "2001", "x", "1.2.3", "."}) {
    EXPECT_NE(RefusalOf({"a4:1x1", "", length, "", false}).find("--margin"), std::string::npos);
    EXPECT_NE(RefusalOf({"a4:1x1", "", "", length, false}).find("--gap"), std::string::npos);
  }
  EXPECT_NE(RefusalOf({"a4:3x8", "70x37", "1", "", false}).find("--label"), std::string::npos);
  EXPECT_NE(RefusalOf({"a4:1x1", "", "1", "", true}).find("--cut-marks"), std::string::npos);
}

TEST(CutMarks, StandOutsideTheLabelsAtTheirEdges) {
  const SheetLayout layout = Divided({"a4:2x2", "", "10", "2", true});
  std::istringstream lines(CutMarks(layout));
  double x, y, width, height;
  std::string re;
  int count = 0;
  while (lines >> x >> y >> width >> height >> re && re == "re") {
    ++count;
    const bool beside = x + width <= layout.left || x >= 210 - layout.left;
    const bool above = y + height <= layout.top || y >= 297 - layout.top;
    EXPECT_TRUE(beside || above) << x << " " << y;
    EXPECT_TRUE(x >= 0 && y >= 0 && x + width <= 210 && y + height <= 297);
  }
  EXPECT_EQ(count, 2 * 4 + 2 * 4);
  EXPECT_EQ(CutMarks(Divided({"a4:2x2", "", "10", "2", false})), "");
}

}  // namespace
}  // namespace cityid::cli

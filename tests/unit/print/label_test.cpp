#include "codec/print/label.h"

#include <gtest/gtest.h>

#include <sstream>

#include "codec/drawing/label.h"
#include "codec/print/outline.h"
#include "tests/unit/print/drawings.h"

namespace cityid {
namespace {

/// What stands where in a label, in millimetres.
struct Places {
  double module = 0;
  Box symbol;   ///< the dark modules
  Box caption;  ///< the points of outlines
  int shapes = 0;
};

void Widen(Box& box, bool first, double x, double y) {
  if (first) box = {x, y, x, y};
  box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x),
         std::max(box.bottom, y)};
}

/// Reads operators as `DrawLabel` writes them.
Places PlacesIn(std::string_view operators) {
  Places places;
  std::istringstream lines{std::string(operators)};
  std::string line;
  double x0 = 0, y0 = 0, dx = 0, dy = 0;
  bool first_module = true;
  bool first_point = true;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::vector<double> numbers;
    std::string word;
    std::string name;
    while (words >> word) {
      char* end = nullptr;
      const double number = std::strtod(word.c_str(), &end);
      if (*end == '\0')
        numbers.push_back(number);
      else
        name = word;
    }
    if (name == "cm" && places.module == 0) {
      places.module = numbers[0];
      x0 = numbers[4];
      y0 = numbers[5];
    } else if (name == "cm") {
      dx = numbers[4];
      dy = numbers[5];
      ++places.shapes;
    } else if (name == "re") {
      Widen(places.symbol, first_module, x0 + numbers[0] * places.module,
            y0 + numbers[1] * places.module);
      Widen(places.symbol, false, x0 + (numbers[0] + numbers[2]) * places.module,
            y0 + (numbers[1] + 1) * places.module);
      first_module = false;
    } else if (name == "m" || name == "l" || name == "c") {
      for (std::size_t i = 0; i < numbers.size(); i += 2) {
        Widen(places.caption, first_point, x0 + (numbers[i] + dx) * places.module,
              y0 + (numbers[i + 1] + dy) * places.module);
        first_point = false;
      }
    }
  }
  return places;
}

Places Drawn(double width, double height, std::vector<CaptionText> caption, double most = 0) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kLabel, std::move(caption));
  drawing.module_mm = most;
  drawing.width_mm = width;
  drawing.height_mm = height;
  const auto drawn = DrawLabel(ExampleSymbol(), drawing);
  EXPECT_TRUE(drawn) << drawn.error().detail;
  return drawn ? PlacesIn(AsText(drawn->content)) : Places();
}

std::vector<CaptionText> Lines(int count) {
  return std::vector<CaptionText>(static_cast<std::size_t>(count),
                                  {CaptionRole::kLine, "", "A line of a caption, 石家庄 gjq"});
}

TEST(DrawLabel, KeepsEverythingInTheLabelAndApart) {
  for (const auto& [width, height] : {std::pair(70.0, 37.0),
                                      {37.0, 70.0},
                                      {50.0, 50.0},
                                      {63.5, 38.1},
                                      {105.0, 74.0},
                                      {25.0, 60.0},
                                      {60.0, 41.0},
                                      {200.0, 30.0}}) {
    for (const int count : {1, 3, 6, 12}) {
      SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height) + ", " +
                   std::to_string(count));
      const Places places = Drawn(width, height, Lines(count));
      const double quiet = kQuietZone * places.module - 0.01;
      EXPECT_GE(places.symbol.left, quiet);
      EXPECT_GE(places.symbol.top, quiet);
      EXPECT_LE(places.symbol.right, width - quiet);
      EXPECT_LE(places.symbol.bottom, height - quiet);
      EXPECT_GE(places.caption.left, 0);
      EXPECT_GE(places.caption.top, 0);
      EXPECT_LE(places.caption.right, width);
      EXPECT_LE(places.caption.bottom, height);
      EXPECT_GT(places.shapes, 0);
      // Nothing in the quiet zone.
      if (width >= 1.5 * height) {
        EXPECT_GE(places.caption.left, places.symbol.right + quiet);
      } else {
        EXPECT_GE(places.caption.top, places.symbol.bottom + quiet);
      }
    }
  }
}

TEST(DrawLabel, FillsALabelWithoutACaption) {
  const Places places = Drawn(53, 60, {});
  EXPECT_DOUBLE_EQ(places.module, 1);
  EXPECT_DOUBLE_EQ(places.symbol.left, 4);
  EXPECT_DOUBLE_EQ(places.symbol.top, 3.5 + 4);
  EXPECT_EQ(places.shapes, 0);
}

TEST(DrawLabel, IsNoLargerThanWasAskedFor) {
  EXPECT_DOUBLE_EQ(Drawn(70, 37, Lines(2), 0.5).module, 0.5);
  EXPECT_DOUBLE_EQ(Drawn(100, 100, Lines(2), 0.5).module, 0.5);
  EXPECT_DOUBLE_EQ(Drawn(100, 100, {}, 0.5).module, 0.5);
}

TEST(DrawLabel, RefusesALabelWithoutRoom) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kLabel, Lines(12));
  drawing.module_mm = 0;
  for (const auto& [width, height] : {std::pair(10.0, 10.0), {10.0, 60.0}, {100.0, 5.0}}) {
    drawing.width_mm = width;
    drawing.height_mm = height;
    const auto drawn = DrawLabel(ExampleSymbol(), drawing);
    ASSERT_FALSE(drawn) << width;
    EXPECT_EQ(drawn.error().code, Errc::kUsage);
  }
}

TEST(DrawLabel, IsTheSameEachTime) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kLabel, ExampleCaption());
  drawing.width_mm = 70;
  drawing.height_mm = 37;
  EXPECT_EQ(DrawLabel(ExampleSymbol(), drawing)->content,
            DrawLabel(ExampleSymbol(), drawing)->content);
}

}  // namespace
}  // namespace cityid

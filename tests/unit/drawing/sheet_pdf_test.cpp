#include "codec/drawing/sheet_pdf.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <regex>

#include "codec/drawing/label.h"
#include "codec/symbol/draw.h"
#include "tests/unit/print/drawings.h"

namespace cityid {
namespace {

/// A PDF of so many pages, each with a number that draws nothing.
std::string Sheets(std::size_t pages, double width = 210, double height = 297) {
  std::string file;
  SheetPdf pdf(width, height, [&](ByteView part) {
    file += AsText(part);
    return Result<void>();
  });
  for (std::size_t page = 0; page < pages; ++page)
    EXPECT_TRUE(pdf.AddPage(pdf.Compress("% page " + std::to_string(page) + "\n")));
  EXPECT_EQ(pdf.pages(), pages);
  EXPECT_TRUE(pdf.Finish());
  return file;
}

/// The places in the cross-reference table, by number.
std::vector<std::size_t> TableOf(const std::string& file) {
  const std::size_t start = file.rfind("startxref\n");
  const std::size_t table = std::stoul(file.substr(start + 10));
  EXPECT_TRUE(file.compare(table, 7, "xref\n0 ") == 0);
  const std::size_t count = std::stoul(file.substr(table + 7));
  std::vector<std::size_t> places;
  std::size_t line = file.find('\n', table + 7) + 1;
  for (std::size_t i = 0; i < count; ++i, line += 20)
    places.push_back(std::stoul(file.substr(line, 10)));
  EXPECT_TRUE(file.compare(line, 8, "trailer\n") == 0);
  return places;
}

TEST(SheetPdf, ItsTableSaysWhereEveryObjectIs) {
  for (const std::size_t pages : {1, 2, 256, 257, 600}) {
    const std::string file = Sheets(pages);
    const auto places = TableOf(file);
    EXPECT_EQ(places.size(), 4 + 2 * pages + (pages + 255) / 256);
    for (std::size_t number = 1; number < places.size(); ++number) {
      const std::string begin = std::to_string(number) + " 0 obj\n";
      ASSERT_EQ(file.compare(places[number], begin.size(), begin), 0) << number;
    }
    EXPECT_TRUE(file.starts_with("%PDF-1.4\n"));
    EXPECT_TRUE(file.ends_with("%%EOF\n"));
  }
}

TEST(SheetPdf, ItsPagesAreInOrder) {
  constexpr std::size_t kPages = 520;
  const std::string file = Sheets(kPages);
  const auto places = TableOf(file);
  const auto object = [&](std::size_t number) {
    return file.substr(places[number], file.find("\nendobj", places[number]) - places[number]);
  };
  const auto kids_of = [&](const std::string& text) {
    std::vector<std::size_t> kids;
    const std::size_t begin = text.find("/Kids [ ");
    const std::string list = text.substr(begin, text.find(']', begin) - begin);
    static const std::regex reference("(\\d+) 0 R");
    for (std::sregex_iterator i(list.begin(), list.end(), reference), end; i != end; ++i)
      kids.push_back(std::stoul((*i)[1]));
    return kids;
  };
  EXPECT_NE(object(2).find("/Count 520"), std::string::npos);
  std::size_t page = 0;
  for (const std::size_t node : kids_of(object(2))) {
    for (const std::size_t kid : kids_of(object(node))) {
      EXPECT_NE(object(kid).find("/Parent " + std::to_string(node) + " 0 R"), std::string::npos);
      EXPECT_NE(object(kid).find("/Contents " + std::to_string(4 + page) + " 0 R"),
                std::string::npos);
      ++page;
    }
  }
  EXPECT_EQ(page, kPages);
}

TEST(SheetPdf, IsAsLargeAsThePaper) {
  EXPECT_NE(Sheets(1).find("/MediaBox [ 0 0 595.2756 841.8898 ]"), std::string::npos);
}

TEST(SheetPdf, EndsWithTheErrorOfItsSink) {
  int left = 3;
  SheetPdf pdf(100, 100, [&](ByteView) {
    return left-- > 0 ? Result<void>() : Result<void>(Error{Errc::kFull, "full"});
  });
  EXPECT_TRUE(pdf.AddPage(Bytes{}).ok() == false || pdf.Finish().ok() == false);
}

TEST(DrawBareLabel, StandsInTheMiddleAsLargeAsThereIsRoom) {
  const QrSymbol symbol = ExampleSymbol();
  EXPECT_TRUE(DrawBareLabel(symbol, 106, 53, 0)->starts_with("q 1 0 0 1 26.5 0 cm\n"));
  EXPECT_TRUE(DrawBareLabel(symbol, 53, 106, 0)->starts_with("q 1 0 0 1 0 26.5 cm\n"));
  EXPECT_TRUE(DrawBareLabel(symbol, 106, 106, 0.5)->starts_with("q 0.5 0 0 0.5 39.75 39.75 cm\n"));
  EXPECT_TRUE(DrawBareLabel(symbol, 53 * kLeastLabelModule, 100, 0));
  const auto small = DrawBareLabel(symbol, 53 * kLeastLabelModule - 0.1, 100, 0);
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code, Errc::kUsage);
}

TEST(PdfNumber, HasNoExponent) {
  EXPECT_EQ(PdfNumber(0), "0");
  EXPECT_EQ(PdfNumber(-0.00001), "0");
  EXPECT_EQ(PdfNumber(100'000'000), "100000000");
  EXPECT_EQ(PdfNumber(0.0001), "0.0001");
  EXPECT_EQ(PdfNumber(-1.5), "-1.5");
}

}  // namespace
}  // namespace cityid

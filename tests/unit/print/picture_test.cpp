#include "codec/print/picture.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <limits>

#include "codec/print/symbols.h"
#include "codec/symbol/draw.h"
#include "tests/unit/print/drawings.h"

namespace cityid {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Returns the objects of a PDF as text. Cairo 1.18 compresses those that 1.16 writes as they are.
std::string ObjectsOf(ByteView pdf) {
  std::string text(AsText(pdf));
  for (std::size_t at = 0; (at = AsText(pdf).find("\nstream\n", at)) != std::string_view::npos;) {
    at += std::string_view("\nstream\n").size();
    std::string inflated(1 << 16, '\0');
    uLongf size = inflated.size();
    const ByteView stream = pdf.subspan(at);
    if (::uncompress(reinterpret_cast<Bytef*>(inflated.data()), &size, stream.data(),
                     stream.size()) == Z_OK) {
      text.append(inflated, 0, size);
    }
  }
  return text;
}

TEST(DrawPdf, IsOnePageAsLargeAsTheSymbol) {
  // 53 modules of 25.4 / 72 mm are 53 points.
  const Bytes pdf = *DrawPdf(ExampleSymbol(), 25.4 / 72);
  EXPECT_TRUE(AsText(pdf).starts_with("%PDF-"));
  EXPECT_TRUE(AsText(pdf).ends_with("%%EOF\n"));
  EXPECT_TRUE(Contains(ObjectsOf(pdf), "/MediaBox [ 0 0 53 53 ]"));
  EXPECT_TRUE(Contains(ObjectsOf(pdf), "/Count 1"));
}

TEST(DrawPdf, CarriesNoTimeOfDay) {
  const QrSymbol symbol = ExampleSymbol();
  const Bytes pdf = *DrawPdf(symbol, 0.5);
  EXPECT_EQ(pdf, *DrawPdf(symbol, 0.5));
  EXPECT_TRUE(Contains(ObjectsOf(pdf), "19700101000000Z)"));
  EXPECT_FALSE(Contains(ObjectsOf(pdf), "/ModDate"));
}

TEST(DrawPdf, RefusesModulesOutOfRange) {
  const QrSymbol symbol = ExampleSymbol();
  EXPECT_TRUE(DrawPdf(symbol, 20));
  for (const double size : {-1.0, 0.0, 20.1, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(DrawPdf(symbol, size).error().code, Errc::kUsage) << size;
  }
}

TEST(DrawPdf, IsHigherByItsCaption) {
  CaptionArt caption;
  caption.height = 20;
  const Bytes pdf = *DrawPdf(ExampleSymbol(), 25.4 / 72, caption);
  EXPECT_TRUE(Contains(ObjectsOf(pdf), "/MediaBox [ 0 0 53 73 ]"));
}

TEST(DrawPicture, OfAQrCodeWithoutACaptionIsWhatCityidDraws) {
  const Drawing svg = ExampleDrawing(DrawingFormat::kSvg, {});
  EXPECT_EQ(AsText(DrawPicture(svg)->content), DrawSvg(ExampleSymbol()));
  const Drawing png = ExampleDrawing(DrawingFormat::kPng, {});
  EXPECT_EQ(DrawPicture(png)->content, *DrawPng(ExampleSymbol(), 8));
}

TEST(DrawPicture, NeedsNoFontsWhereItIsShown) {
  const auto drawn = DrawPicture(ExampleDrawing(DrawingFormat::kSvg, ExampleCaption()));
  const std::string_view svg = AsText(drawn->content);
  EXPECT_FALSE(Contains(svg, "<text"));
  EXPECT_FALSE(Contains(svg, "font"));
  EXPECT_NE(svg.find("<path"), svg.rfind("<path"));
}

TEST(DrawPicture, IsTheSameEachTime) {
  for (const auto format : {DrawingFormat::kSvg, DrawingFormat::kPng, DrawingFormat::kPdf}) {
    const Drawing drawing = ExampleDrawing(format, ExampleCaption());
    EXPECT_EQ(DrawPicture(drawing)->content, DrawPicture(drawing)->content);
  }
}

TEST(DrawPicture, TakesTheWidthInsteadOfTheModule) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kSvg, {});
  drawing.module_mm = 0;
  drawing.width_mm = 106;
  EXPECT_EQ(AsText(DrawPicture(drawing)->content), DrawSvg(ExampleSymbol(), 2));
  drawing.width_mm = 53 * 20.1;
  EXPECT_EQ(DrawPicture(drawing).error().code, Errc::kUsage);
}

TEST(DrawPicture, RefusesMorePixelsThanAnybodyPrints) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kPng, ExampleCaption());
  ModuleMatrix large;
  large.size = kMaxModules;
  large.modules.assign(static_cast<std::size_t>(kMaxModules * kMaxModules), true);
  drawing.symbol = large;
  drawing.scale = kMaxScale;
  EXPECT_EQ(DrawPicture(drawing).error().code, Errc::kUsage);
}

TEST(DrawPicture, RefusesACaptionThatIsHigherThanCairoDraws) {
  constexpr int kCairoDraws = 32767;
  Drawing drawing = ExampleDrawing(DrawingFormat::kPng, {});
  ModuleMatrix small;
  small.size = 21;
  small.modules.assign(static_cast<std::size_t>(small.size * small.size), true);
  drawing.symbol = small;
  drawing.scale = kMaxScale;
  int height = 0;
  for (std::size_t length = 60; height * kMaxScale <= kCairoDraws; length += 4) {
    ASSERT_LE(length, kMaxCaptionText);
    drawing.caption.assign(kMaxCaptionTexts,
                           {CaptionRole::kIdentifier, "", std::string(length, 'W')});
    height = LayOutCaption(drawing.caption, SideWithQuietZone(small), drawing.module_mm)->height;
  }
  ASSERT_LT((29 + height) * kMaxScale * 29 * kMaxScale, 80'000'000) << "not too many pixels";
  const auto drawn = DrawPicture(drawing);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().code, Errc::kUsage);
}

TEST(DrawPicture, DrawsOtherSymbologiesInTheirQuietZone) {
  for (const auto symbology : {Symbology::kDataMatrix, Symbology::kAztec}) {
    Drawing drawing = ExampleDrawing(DrawingFormat::kSvg, {});
    drawing.symbol = SymbolContent{symbology, Bytes(148, 0xA5)};
    const auto symbol = EncodeSymbol(std::get<SymbolContent>(drawing.symbol));
    ASSERT_TRUE(symbol) << symbol.error().detail;
    EXPECT_EQ(AsText(DrawPicture(drawing)->content), DrawSvg(*symbol));
  }
}

}  // namespace
}  // namespace cityid

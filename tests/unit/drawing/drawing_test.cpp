#include "codec/drawing/drawing.h"

#include <gtest/gtest.h>

#include "codec/cbor.h"
#include "tests/unit/print/drawings.h"

namespace cityid {
namespace {

Errc RefusalOf(const Bytes& message) { return ParseDrawing(message).error().code; }

TEST(ParseDrawing, ReadsWhatWasWritten) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kPdf, ExampleCaption());
  const auto read = ParseDrawing(WriteDrawing(drawing));
  ASSERT_TRUE(read) << read.error().detail;
  const auto& symbol = std::get<ModuleMatrix>(read->symbol);
  EXPECT_EQ(symbol.size, 45);
  EXPECT_EQ(symbol.modules, ExampleSymbol().modules);
  EXPECT_EQ(read->format, DrawingFormat::kPdf);
  EXPECT_EQ(read->module_mm, kModuleMillimetres);
  EXPECT_EQ(read->width_mm, 0);
  EXPECT_EQ(read->scale, 8);
  ASSERT_EQ(read->caption.size(), drawing.caption.size());
  for (std::size_t i = 0; i < read->caption.size(); ++i) {
    EXPECT_EQ(read->caption[i].role, drawing.caption[i].role);
    EXPECT_EQ(read->caption[i].language, drawing.caption[i].language);
    EXPECT_EQ(read->caption[i].text, drawing.caption[i].text);
  }
  drawing.symbol = SymbolContent{Symbology::kAztec, {0, 0xD2, 0xFF}};
  drawing.width_mm = 60;
  const auto other = ParseDrawing(WriteDrawing(drawing));
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_EQ(std::get<SymbolContent>(other->symbol).bytes, (Bytes{0, 0xD2, 0xFF}));
  EXPECT_EQ(other->module_mm, 0);
  EXPECT_EQ(other->width_mm, 60);
}

TEST(ParseDrawing, RefusesEveryCutAndWhatFollows) {
  Bytes message = WriteDrawing(ExampleDrawing(DrawingFormat::kSvg, ExampleCaption()));
  for (std::size_t length = 0; length < message.size(); ++length)
    ASSERT_FALSE(ParseDrawing(ByteView(message).first(length))) << length;
  message.push_back(0);
  EXPECT_EQ(RefusalOf(message), Errc::kMalformed);
  EXPECT_EQ(RefusalOf(Bytes(kMaxDrawingMessage + 1)), Errc::kMalformed);
}

TEST(ParseDrawing, RefusesSizesOutOfRange) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kPng, {});
  for (const double module : {0.0, -1.0, 20.1, 1e300}) {
    drawing.module_mm = module;
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kUsage) << module;
  }
  drawing.module_mm = 1;
  for (const int scale : {-1, 0, 65}) {
    drawing.scale = scale;
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kUsage) << scale;
  }
}

TEST(ParseDrawing, ReadsLabels) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kLabel, ExampleCaption());
  drawing.width_mm = 70;
  drawing.height_mm = 37.125;
  for (const double module : {0.0, 0.5}) {
    drawing.module_mm = module;
    const auto read = ParseDrawing(WriteDrawing(drawing));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->format, DrawingFormat::kLabel);
    EXPECT_EQ(read->module_mm, module);
    EXPECT_EQ(read->width_mm, 70);
    EXPECT_EQ(read->height_mm, 37.125);
    EXPECT_EQ(read->caption.size(), drawing.caption.size());
  }
  const Bytes message = WriteDrawing(drawing);
  for (std::size_t length = 0; length < message.size(); ++length)
    ASSERT_FALSE(ParseDrawing(ByteView(message).first(length))) << length;
}

TEST(ParseDrawing, RefusesLabelsOfNoSize) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kLabel, {});
  for (const double side : {0.0, -1.0, kMaxLabelMillimetres + 1, 1e300}) {
    drawing.width_mm = side;
    drawing.height_mm = 37;
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kUsage) << side;
    drawing.width_mm = 70;
    drawing.height_mm = side;
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kUsage) << side;
  }
}

TEST(ParseDrawing, RefusesAHeightOfWhatIsNoLabelAndALabelWithoutOne) {
  for (const DrawingFormat format : {DrawingFormat::kPdf, DrawingFormat::kLabel}) {
    Drawing drawing = ExampleDrawing(format, {});
    drawing.width_mm = drawing.height_mm = 60;
    drawing.module_mm = 0;
    Bytes message = WriteDrawing(drawing);
    // The format stands behind the symbol: one byte of the array, one of the symbology, and the modules.
    const std::size_t place = 2 + 2 + (45 * 45 + 7) / 8;
    ASSERT_EQ(message[place], static_cast<std::uint8_t>(format));
    message[place] = static_cast<std::uint8_t>(format == DrawingFormat::kPdf ? DrawingFormat::kLabel
                                                                           : DrawingFormat::kPdf);
    EXPECT_EQ(RefusalOf(message), Errc::kMalformed);
  }
}

TEST(ParseDrawing, RefusesSymbolsOfNoSize) {
  Drawing drawing = ExampleDrawing(DrawingFormat::kPng, {});
  for (const int size : {0, 1, 20, 22, 181}) {
    ModuleMatrix symbol;
    symbol.size = size;
    symbol.modules.assign(static_cast<std::size_t>(size * size), true);
    drawing.symbol = symbol;
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kMalformed) << size;
  }
  for (const std::size_t length : {std::size_t{0}, kMaxDrawnContent + 1}) {
    drawing.symbol = SymbolContent{Symbology::kDataMatrix, Bytes(length)};
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kMalformed) << length;
  }
}

TEST(ParseDrawing, RefusesTextsThatCouldDeceive) {
  for (const std::string& text :
       {std::string("a\nb"), std::string("a\u202Eb"), std::string("\u2066a"),
        std::string("a\0b", 3), std::string("\xff"), std::string(),
        std::string(kMaxCaptionText + 1, 'x'), std::string("\u2068")}) {
    const Drawing drawing = ExampleDrawing(DrawingFormat::kPng, {{CaptionRole::kLine, "", text}});
    EXPECT_EQ(RefusalOf(WriteDrawing(drawing)), Errc::kMalformed) << text;
  }
  const std::vector<CaptionText> many(kMaxCaptionTexts + 1, {CaptionRole::kLine, "", "x"});
  EXPECT_EQ(RefusalOf(WriteDrawing(ExampleDrawing(DrawingFormat::kPng, many))), Errc::kMalformed);
}

TEST(CaptionTextOf, GivesWhatACaptionTakes) {
  std::string long_right_to_left;
  for (int i = 0; i < 5000; ++i) long_right_to_left += "ش";
  std::string marks = "a";
  for (int i = 0; i < 3000; ++i) marks += "\u202E\n";
  for (const std::string& text :
       {std::string("Shijiazhuang"), std::string("a\nb\u202Ec\u2066d"), long_right_to_left, marks,
        std::string(10240, 'x'), std::string("\xff\xfe"), std::string("a \u2068 b"),
        std::string(400, 'x') + long_right_to_left}) {
    const std::string shown = CaptionTextOf(text);
    EXPECT_LE(shown.size(), kMaxCaptionText);
    const Drawing drawing = ExampleDrawing(DrawingFormat::kPng, {{CaptionRole::kName, "", shown}});
    EXPECT_TRUE(ParseDrawing(WriteDrawing(drawing))) << shown;
  }
  EXPECT_EQ(CaptionTextOf("Shijiazhuang"), "Shijiazhuang");
  EXPECT_TRUE(CaptionTextOf(std::string(10240, 'x')).ends_with("…"));
}

TEST(ParseDrawn, ReadsFilesAndRefusals) {
  const auto file = ParseDrawn(WriteDrawn(DrawnFile{{1, 2, 3}, {0, 4}}), 5);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->content, (Bytes{1, 2, 3}));
  EXPECT_EQ(file->left_out, (std::vector<std::size_t>{0, 4}));
  const auto refused = ParseDrawn(WriteDrawn(Error{Errc::kTooLarge, "no\nroom"}), 0);
  EXPECT_EQ(refused.error().code, Errc::kUsage);
  EXPECT_EQ(refused.error().detail, "no?room");
}

TEST(ParseDrawn, RefusesWhatIsNoAnswer) {
  const Bytes good = WriteDrawn(DrawnFile{{1, 2, 3}, {}});
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_EQ(ParseDrawn(ByteView(good).first(length), 0).error().code, Errc::kMalformed) << length;
}

TEST(ParseDrawn, RefusesPlacesThatTheCaptionDoesNotHave) {
  using Places = std::vector<std::size_t>;
  for (const Places& places : {Places{3}, Places{0, 1, 2, 3}, Places{1, 0}, Places{1, 1}}) {
    const auto drawn = ParseDrawn(WriteDrawn(DrawnFile{{1}, places}), 3);
    EXPECT_EQ(drawn.error().code, Errc::kMalformed) << ::testing::PrintToString(places);
  }
  EXPECT_TRUE(ParseDrawn(WriteDrawn(DrawnFile{{1}, {0, 1, 2}}), 3));
}

}  // namespace
}  // namespace cityid

#include "codec/stamp/stamp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "codec/stamp/layout.h"
#include "codec/stamp/lettering.h"

namespace cityid {
namespace {

StampAsked Example() {
  StampAsked stamp;
  stamp.page = 3;
  stamp.x_mm = 10.5;
  stamp.y_mm = 0;
  stamp.modules = 61;
  stamp.module_mm = 0.5;
  stamp.caption = {"MA.156.1301.02-K7", "id.example.cn"};
  stamp.region = 12'345;
  return stamp;
}

TEST(StampQuestion, IsReadAsItWasWritten) {
  const Bytes written = WriteStampQuestion(Example());
  const auto read = ParseStampQuestion(written);
  ASSERT_TRUE(read) << read.error().detail;
  const auto& stamp = std::get<StampAsked>(*read);
  EXPECT_EQ(stamp.page, 3);
  EXPECT_EQ(stamp.x_mm, 10.5);
  EXPECT_EQ(stamp.caption, Example().caption);
  EXPECT_EQ(stamp.region, 12'345u);
  EXPECT_EQ(WriteStampQuestion(*read), written);
  const auto look = ParseStampQuestion(WriteStampQuestion(LookAsked{-1}));
  ASSERT_TRUE(look);
  EXPECT_EQ(std::get<LookAsked>(*look).page, -1);
}

TEST(StampQuestion, IsRefusedOutOfRange) {
  const auto refused = [](auto change) {
    StampAsked stamp = Example();
    change(stamp);
    return !ParseStampQuestion(WriteStampQuestion(stamp));
  };
  EXPECT_TRUE(refused([](StampAsked& s) { s.page = 0; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.page = -2; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.x_mm = -1; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.y_mm = NAN; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.y_mm = 1e9; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.modules = 22; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.modules = 181; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.module_mm = 0; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.module_mm = 21; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.region = 0; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.region = kMaxSealRegion + 1; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.caption.assign(9, "a"); }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.caption = {""}; }));
  EXPECT_TRUE(refused([](StampAsked& s) { s.caption = {"\xC3\xA4"}; }));
  EXPECT_FALSE(refused([](StampAsked&) {}));
}

TEST(StampAnswer, IsReadAsItWasWritten) {
  EXPECT_TRUE(ParseOpened(WriteOpened({})));
  const PdfLook look{7,
                     3,
                     210,
                     297.5,
                     {{PdfConcern::Kind::kSigned, "a"}, {PdfConcern::Kind::kOutside, "b"}},
                     {{1, 2, 3, 4.25}}};
  const auto read = ParseLook(WriteLook(look));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->pages, 7);
  EXPECT_EQ(read->page, 3);
  EXPECT_EQ(read->height_mm, 297.5);
  ASSERT_EQ(read->concerns.size(), 2u);
  ASSERT_EQ(read->taken.size(), 1u);
  EXPECT_EQ(read->taken[0].height_mm, 4.25);
  EXPECT_EQ(read->concerns[1].what, "b");
  const auto stamp = ParseStamp(WriteStamp(Stamp{{1, 2}, {3}}));
  ASSERT_TRUE(stamp);
  EXPECT_EQ(stamp->before, (Bytes{1, 2}));
  EXPECT_EQ(stamp->after, (Bytes{3}));
}

TEST(StampAnswer, KeepsTheKindOfAnError) {
  for (const Errc code : {Errc::kUsage, Errc::kRefused, Errc::kMalformed, Errc::kTooLarge}) {
    const auto opened = ParseOpened(WriteOpened(Error{code, "why\n"}));
    EXPECT_EQ(opened.error().code, code);
    EXPECT_EQ(opened.error().detail, "why?") << "it may come from the file";
    EXPECT_EQ(ParseLook(WriteLook(Error{code, "why"})).error().code, code);
    EXPECT_EQ(ParseStamp(WriteStamp(Error{code, "why"})).error().code, code);
  }
}

TEST(StampAnswer, IsNoAnswerInAnotherForm) {
  const auto expect_none = [](const auto& result) {
    EXPECT_EQ(result.error().code, Errc::kCorrupt);
  };
  expect_none(ParseOpened({}));
  expect_none(ParseOpened(Bytes{0x80}));
  expect_none(ParseLook(WriteOpened({})));
  expect_none(ParseStamp(WriteLook(PdfLook{1, 1, 1, 1, {}})));
  expect_none(ParseStamp(WriteStamp(Stamp{{}, {1}})));
  expect_none(ParseStamp(WriteStamp(Stamp{{1}, Bytes(kMaxSealRest + 1)})));
  expect_none(ParseLook(WriteLook(PdfLook{1, 2, 1, 1, {}})));
  expect_none(ParseLook(WriteLook(PdfLook{1, 1, 0, 1, {}})));
  expect_none(ParseLook(WriteLook(PdfLook{1, 1, 1, 1, {}, {{-1, 0, 1, 1}}})));
  expect_none(ParseLook(WriteLook(PdfLook{1, 1, 1, 1, {}, std::vector<PagePart>(kMaxTaken + 1)})));
  const PdfConcern concern{PdfConcern::Kind::kScripts, "a"};
  expect_none(ParseLook(WriteLook(PdfLook{1, 1, 1, 1, {concern, concern}})));
  Bytes longer = WriteOpened({});
  longer.push_back(0);
  expect_none(ParseOpened(longer));
}

TEST(StampLayout, HasAQuietZoneAndTheCaptionBelowIt) {
  const auto layout = LayOutStamp(Example());
  ASSERT_TRUE(layout);
  EXPECT_DOUBLE_EQ(layout->size.width_mm, 69 * 0.5);
  ASSERT_EQ(layout->lines.size(), 2u);
  for (const StampLine& line : layout->lines) {
    EXPECT_GE(line.baseline_mm - line.capital_mm, 4 * 0.5 - 1e-9) << "outside of the quiet zone";
    EXPECT_GE(line.left_mm, -1e-9);
    EXPECT_LT(line.baseline_mm, layout->below_mm);
  }
  EXPECT_DOUBLE_EQ(layout->size.height_mm, 65 * 0.5 + layout->below_mm);
}

TEST(StampLayout, IsASquareWithoutACaption) {
  StampAsked bare = Example();
  bare.caption.clear();
  const auto size = SizeOfStamp(bare);
  ASSERT_TRUE(size);
  EXPECT_DOUBLE_EQ(size->width_mm, size->height_mm);
}

TEST(StampLayout, BreaksWhatIsTooLongAndLosesNothing) {
  for (const std::string& text :
       {std::string("permits.department-of-transport.shijiazhuang.hebei.example.cn"),
        std::string(200, 'W'), std::string("a")}) {
    StampAsked stamp = Example();
    stamp.caption = {text};
    const auto layout = LayOutStamp(stamp);
    ASSERT_TRUE(layout) << layout.error().detail;
    std::string all;
    for (const StampLine& line : layout->lines) {
      all += line.text;
      const double width = LetteringWidth(line.text) * line.capital_mm / kCapitalHeight;
      EXPECT_LE(width, 61 * 0.5 + 1e-6) << line.text;
      EXPECT_GE(line.capital_mm, 1.4 - 1e-9);
    }
    EXPECT_EQ(all, text);
  }
}

TEST(StampLayout, RefusesASymbolTooSmallForItsCaption) {
  StampAsked stamp = Example();
  stamp.modules = 21;
  stamp.module_mm = 0.05;
  EXPECT_EQ(LayOutStamp(stamp).error().code, Errc::kUsage);
  stamp.caption.clear();
  EXPECT_TRUE(LayOutStamp(stamp));
}

TEST(Lettering, HasEveryCharacterOfIdentifiersAndHosts) {
  EXPECT_EQ(WithoutLetter("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-/: "),
            std::nullopt);
  EXPECT_EQ(WithoutLetter("a\nb"), '\n');
  EXPECT_EQ(WithoutLetter(std::string_view("a\0b", 3)), '\0');
  EXPECT_EQ(WithoutLetter("a<"), '<');
}

TEST(Lettering, DrawsEachLetterDifferently) {
  std::set<std::string> drawn;
  int letters = 0;
  for (char c = '!'; c <= '~'; ++c) {
    if (WithoutLetter(std::string(1, c))) continue;
    ++letters;
    const std::string strokes = LetteringStrokes(std::string(1, c), 1, 0, 0);
    EXPECT_TRUE(strokes.ends_with("l\n") || strokes.ends_with("c\n")) << c;
    drawn.insert(strokes);
  }
  EXPECT_EQ(drawn.size(), static_cast<std::size_t>(letters));
  EXPECT_GE(letters, 62 + 20);
}

TEST(Lettering, WritesNumbersAsPdfHasThem) {
  const auto number = [](double value, int digits) {
    std::string out;
    AppendPdfNumber(out, value, digits);
    return out;
  };
  EXPECT_EQ(number(0, 3), "0");
  EXPECT_EQ(number(-0.0001, 3), "0");
  EXPECT_EQ(number(1.5, 3), "1.5");
  EXPECT_EQ(number(-12.3456, 3), "-12.346");
  EXPECT_EQ(number(100, 3), "100");
  EXPECT_EQ(number(1e-7, 5), "0");
}

}  // namespace
}  // namespace cityid

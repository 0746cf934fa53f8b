// What reading a picture leaves unread is said, whatever else was found.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/reader/simulated.h"
#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

GrayImage White(int width, int height) {
  GrayImage image = Blank(width, height);
  std::ranges::fill(image.pixels, 255);
  return image;
}

void Paste(const GrayImage& part, int left, int top, GrayImage& image) {
  for (int y = 0; y < part.height; ++y)
    std::copy_n(part.row(y), part.width, image.row(top + y) + left);
}

GrayImage Drawn(const QrSymbol& symbol, int scale) { return *DecodeGray(*DrawPng(symbol, scale)); }

QrSymbol CityCode(const std::string& host = "id.example.cn", QrLevel level = QrLevel::kMedium) {
  return *EncodeQr(CodeUrlSegments(ExampleUrl(host)), level);
}

/// A symbol of which only the squares are right.
QrSymbol Garbled() {
  QrSymbol symbol = *EncodeQr({{QrMode::kByte, "thirty characters are enough.."}}, QrLevel::kLow);
  std::mt19937 random(20261130);
  for (int y = 0; y < symbol.size; ++y) {
    for (int x = 0; x < symbol.size; ++x) {
      const int far = symbol.size - 9;
      const bool square = (x < 9 && y < 9) || (x >= far && y < 9) || (x < 9 && y >= far);
      if (!square)
        symbol.modules[static_cast<std::size_t>(y * symbol.size + x)] = random() % 2 == 0;
    }
  }
  return symbol;
}

std::set<std::string> Contents(const ReadHere& result) {
  std::set<std::string> contents;
  for (const PictureSymbol& symbol : result.symbols) contents.emplace(AsText(symbol.content));
  return contents;
}

bool SaysThatNotAllWasTried(const ReadHere& result) {
  return std::ranges::count(result.troubles, PictureTrouble::kNotAllTried) != 0;
}

TEST(Unread, ACodeThatShowsOnOneBackgroundOnlyIsReadBesideOneThatShowsOnBoth) {
  // An opaque card on the left; on the right a code whose dark modules are opaque, or its light ones.
  const GrayImage card = Drawn(CityCode("card.example"), 4);
  const GrayImage other = Drawn(CityCode("other.example"), 4);
  for (const bool dark : {true, false}) {
    GrayImage on_white = White(800, 400);
    GrayImage on_black = Blank(800, 400);
    for (GrayImage* image : {&on_white, &on_black}) Paste(card, 40, 60, *image);
    Paste(other, 440, 60, dark ? on_white : on_black);
    const ReadHere result = ReadPicture({on_white, on_black, 1, 1, false});
    EXPECT_EQ(Contents(result), (std::set{ExampleUrl("card.example"), ExampleUrl("other.example")}))
        << (dark ? "dark" : "light") << " modules";
    EXPECT_TRUE(result.unread.empty() && result.troubles.empty());
  }
}

TEST(Unread, WhatIsUnreadOnOneBackgroundOnlyIsSaid) {
  const GrayImage card = Drawn(CityCode(), 4);
  const GrayImage garbled = Drawn(Garbled(), 5);
  for (const bool white : {true, false}) {
    GrayImage on_white = White(800, 400);
    GrayImage on_black = Blank(800, 400);
    for (GrayImage* image : {&on_white, &on_black}) Paste(card, 40, 60, *image);
    Paste(garbled, 500, 100, white ? on_white : on_black);
    const ReadHere result = ReadPicture({on_white, on_black, 1, 1, false});
    EXPECT_EQ(Contents(result), std::set{ExampleUrl()});
    ASSERT_EQ(result.unread.size(), 1U) << (white ? "on white" : "on black");
    const PicturePoint middle{500 + garbled.width / 2, 100 + garbled.height / 2};
    EXPECT_TRUE(Covers(result.unread[0].corners, middle, 0));
  }
}

TEST(Unread, WhatLiesWithinACodeThatWasReadIsNotReadWithIt) {
  // A code with 30 % of redundancy is read with a small one in its middle.
  GrayImage large = Drawn(CityCode("id.example.cn", QrLevel::kHigh), 14);
  const GrayImage small = Drawn(Garbled(), 3);
  Paste(small, (large.width - small.width) / 2, (large.height - small.height) / 2, large);
  const ReadHere result = ReadPicture({large, {}, 1, 1, false});
  EXPECT_EQ(Contents(result), std::set{ExampleUrl()});
  EXPECT_EQ(result.unread.size(), 1U);
}

TEST(Unread, ACodeIsNeverUnreadBecauseOfItsOwnModules) {
  std::mt19937 random(20261201);
  for (int round = 0; round < 12; ++round) {
    std::string url = ExampleUrl();
    for (int i = 0; i < 100; ++i)
      url[url.size() - 1 - random() % 190] = static_cast<char>('0' + random() % 10);
    const auto level = static_cast<QrLevel>(round % 4);
    const QrSymbol symbol = *EncodeQr({{QrMode::kByte, url + "/" + std::string(600, 'x') + url}}, level);
    const ReadHere result = ReadPicture({Drawn(symbol, 3 + round % 3), {}, 1, 1, false});
    EXPECT_EQ(result.symbols.size(), 1U) << round;
    EXPECT_TRUE(result.unread.empty() && result.troubles.empty()) << round;
  }
}

TEST(Unread, TheGrainOfALargePhotographHidesNoCode) {
  // It looks like so many patterns that not all can be kept.
  const GrayImage image = Photograph(ExampleSymbol(), {5000, 3750, 8, 8, 20, 3});
  EXPECT_TRUE(FindFinderPatterns(image).more);
  const ReadHere result = ReadPicture({image, {}, 1, 1, false});
  EXPECT_EQ(Contents(result), std::set{ExampleUrl()});
  EXPECT_EQ(std::ranges::count(result.troubles, PictureTrouble::kTooManyPatterns), 1);
}

TEST(Unread, TheGrainOfALargePhotographHidesNoCodeThatIsSeenFromTheSide) {
  // Its squares are no patterns for the detector, and at a quarter of the size there is no grain.
  simulated::Camera camera;
  camera.width = 5000;
  camera.height = 3750;
  camera.tilt = 55;
  camera.axis = 30;
  camera.noise = 20;
  const GrayImage image = simulated::Picture({{ExampleSymbol(), 2500, 1875, 14, 20}}, camera, 7).Take();
  EXPECT_GT(FindFinderPatterns(image).patterns.size(), 150U);
  EXPECT_EQ(Contents(ReadPicture({image, {}, 1, 1, false})), std::set{ExampleUrl()});
}

TEST(Unread, AttemptsForWhichThereIsNoTimeAreSaid) {
  EXPECT_TRUE(SaysThatNotAllWasTried(ReadPicture({White(5000, 4000), {}, 1, 1, false})));
  EXPECT_FALSE(SaysThatNotAllWasTried(ReadPicture({White(700, 500), {}, 1, 1, false})));
  // Where enough was found they don't matter.
  GrayImage large = White(5000, 4000);
  Paste(Drawn(CityCode(), 10), 2000, 1500, large);
  const ReadHere result = ReadPicture({large, {}, 1, 1, false});
  EXPECT_EQ(Contents(result), std::set{ExampleUrl()});
  EXPECT_FALSE(SaysThatNotAllWasTried(result));
}

TEST(Unread, ACodeOfWhichOneSquareOrTwoAreHiddenIsSaidBesideOneThatIsRead) {
  constexpr int kScale = 5;
  for (const int hidden : {1, 2}) {
    QrSymbol symbol = Garbled();
    for (int y = 0; y < 9; ++y)
      for (int x = 0; x < (hidden == 1 ? 9 : symbol.size); ++x)
        symbol.modules[static_cast<std::size_t>(y * symbol.size + x)] = false;
    GrayImage image = White(1200, 500);
    Paste(Drawn(CityCode(), kScale), 20, 20, image);
    Paste(Drawn(symbol, kScale), 600, 50, image);
    const ReadHere result = ReadPicture({image, {}, 1, 1, false});
    EXPECT_EQ(Contents(result), std::set{ExampleUrl()});
    ASSERT_EQ(result.unread.size(), 1U) << hidden << " hidden";
    EXPECT_GT(result.unread[0].corners[0].x, 500);
  }
}

TEST(Unread, APictureThatIsCutOffIsNeverComplete) {
  const ReadHere result = ReadPicture({Drawn(CityCode(), 4), {}, 1, 1, true});
  EXPECT_EQ(Contents(result), std::set{ExampleUrl()});
  EXPECT_EQ(result.troubles, std::vector{PictureTrouble::kCutOff});
}

TEST(Unread, ZxingAloneReadsASmallCodeThatIsLightOnDark) {
  GrayImage large = White(3200, 2400);
  // At an odd place: at half the size, every pixel has a part of two modules.
  Paste(Inverted(Drawn(CityCode(), 2)), 2001, 1501, large);
  std::vector<PictureSymbol> symbols;
  Attempts(nullptr, {}, [&symbols](const PictureFrame& frame) {
    if (const auto* symbol = std::get_if<PictureSymbol>(&frame)) symbols.push_back(*symbol);
  }, 1000).Read({large, {}, 1, 1, false});
  ASSERT_EQ(symbols.size(), 1U);
  EXPECT_EQ(AsText(symbols[0].content), ExampleUrl());
}

TEST(Unread, WithoutTheSecondLibraryNotAllWasTried) {
  std::vector<PictureTrouble> troubles;
  Attempts(nullptr, {}, [&troubles](const PictureFrame& frame) {
    if (const auto* trouble = std::get_if<PictureTrouble>(&frame)) troubles.push_back(*trouble);
  }).Read({White(300, 300), {}, 1, 1, false});
  EXPECT_EQ(troubles, std::vector{PictureTrouble::kNotAllTried});
}

}  // namespace
}  // namespace cityid

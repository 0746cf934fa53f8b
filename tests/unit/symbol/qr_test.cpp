#include "codec/symbol/qr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

std::string HostOfLength(std::size_t length) { return std::string(length - 3, 'a') + ".cn"; }

int VersionAtLevelM(const std::string& url) {
  return EncodeQr(CodeUrlSegments(url), QrLevel::kMedium)->version;
}

Errc CodeOf(const std::vector<QrSegment>& segments) {
  return EncodeQr(segments, QrLevel::kLow).error().code;
}

TEST(CodeUrlSegments, SplitsBeforeThePathAndBeforeTheToken) {
  const auto segments = CodeUrlSegments("https://id.example.cn/MA.156.1301/00123");
  ASSERT_EQ(segments.size(), 3U);
  EXPECT_EQ(segments[0].mode, QrMode::kByte);
  EXPECT_EQ(segments[0].text, "https://id.example.cn");
  EXPECT_EQ(segments[1].mode, QrMode::kAlphanumeric);
  EXPECT_EQ(segments[1].text, "/MA.156.1301/");
  EXPECT_EQ(segments[2].mode, QrMode::kNumeric);
  EXPECT_EQ(segments[2].text, "00123");
}

TEST(EncodeQr, PutsAShijiazhuangCodeIntoVersion7AtLevelM) {
  const QrSymbol symbol = ExampleSymbol();
  EXPECT_EQ(symbol.version, 7);
  EXPECT_EQ(symbol.size, 45);
  EXPECT_EQ(symbol.modules.size(), 45U * 45U);
}

TEST(EncodeQr, KeepsVersion7UpToAHostOf22Characters) {
  EXPECT_EQ(VersionAtLevelM(ExampleUrl(HostOfLength(22))), 7);
  EXPECT_EQ(VersionAtLevelM(ExampleUrl(HostOfLength(23))), 8);
}

TEST(EncodeQr, TakesALargerVersionForMoreCorrection) {
  EXPECT_LT(ExampleSymbol(QrLevel::kLow).version, ExampleSymbol(QrLevel::kMedium).version);
  EXPECT_LT(ExampleSymbol(QrLevel::kMedium).version, ExampleSymbol(QrLevel::kQuartile).version);
  EXPECT_LT(ExampleSymbol(QrLevel::kQuartile).version, ExampleSymbol(QrLevel::kHigh).version);
}

TEST(EncodeQr, DrawsAFinderPatternInThreeCorners) {
  const QrSymbol symbol = ExampleSymbol();
  const int far = symbol.size - 7;
  for (const auto& [left, top] : {std::pair{0, 0}, std::pair{far, 0}, std::pair{0, far}}) {
    for (int i = 0; i < 49; ++i) {
      const int x = i % 7;
      const int y = i / 7;
      const int ring = std::max(std::abs(x - 3), std::abs(y - 3));
      EXPECT_EQ(symbol.dark(left + x, top + y), ring != 2) << left + x << ' ' << top + y;
    }
  }
}

TEST(EncodeQr, RefusesTextThatItsModeCannotHold) {
  EXPECT_EQ(CodeOf({{QrMode::kNumeric, "12a"}}), Errc::kUsage);
  EXPECT_EQ(CodeOf({{QrMode::kAlphanumeric, "/ma.156/"}}), Errc::kUsage);
  EXPECT_EQ(CodeOf({{QrMode::kByte, "https://a.cn"}, {QrMode::kNumeric, "-1"}}), Errc::kUsage);
}

TEST(EncodeQr, RefusesNothing) {
  EXPECT_EQ(CodeOf({}), Errc::kUsage);
  const auto empty = EncodeQr({{QrMode::kNumeric, "1"}, {QrMode::kByte, ""}}, QrLevel::kLow);
  EXPECT_EQ(empty.error().code, Errc::kUsage);
  EXPECT_EQ(empty.error().detail, "qr code: empty segment");
}

TEST(EncodeQr, FillsVersion40ToTheLastDigit) {
  const auto full = EncodeQr({{QrMode::kNumeric, std::string(7089, '7')}}, QrLevel::kLow);
  ASSERT_TRUE(full) << full.error().detail;
  EXPECT_EQ(full->version, 40);
  EXPECT_EQ(CodeOf({{QrMode::kNumeric, std::string(7090, '7')}}), Errc::kTooLarge);
  EXPECT_EQ(CodeOf({{QrMode::kByte, std::string(2954, 'x')}}), Errc::kTooLarge);
}

TEST(EncodeQr, IsReadBackInEveryMode) {
  for (const QrSegment& segment :
       {QrSegment{QrMode::kNumeric, "0012345678900"}, QrSegment{QrMode::kAlphanumeric, "/MA.156/"},
        QrSegment{QrMode::kByte, std::string("\x00\xd2\x84\xff\n", 5)}}) {
    const auto symbol = EncodeQr({segment}, QrLevel::kHigh);
    ASSERT_TRUE(symbol) << symbol.error().detail;
    EXPECT_EQ(ContentsOf(*DrawPng(*symbol, 4)), std::vector{segment.text});
  }
}

}  // namespace
}  // namespace cityid

#include "codec/picture/picture.h"

#include <gtest/gtest.h>

#include "codec/picture/file_kind.h"

namespace cityid {
namespace {

bool IsCity(std::string_view content, const std::vector<std::string>& hosts = {}) {
  return IsCityContent(AsBytes(content), hosts);
}

PictureSymbol At(int x, int y, std::string_view content, int side = 100) {
  return {SymbolFormat::kQrCode,
          ToBytes(AsBytes(content)),
          {PicturePoint{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}};
}

TEST(IsCityContent, TakesCoseWithTag18AndAddressesThatBeginWithAnIdentifier) {
  EXPECT_TRUE(IsCity("\xd2\x84"));
  EXPECT_TRUE(IsCity("https://id.example.cn/MA.156.1301/0012"));
  EXPECT_TRUE(IsCity("http://other.example/MA.156.1301"));
  EXPECT_TRUE(IsCity("HTTPS://ID.EXAMPLE.CN/MA.156.1301/0012"));
}

TEST(IsCityContent, TakesWhatIsAlmostOneSoThatItIsJudgedAndNotPassedOver) {
  for (const char* url :
       {"https://id.example.cn/ma.156.1301/1", "https://id.example.cn/MA.156.1301-UB/1",
        "https://id.example.cn/MA.156.1301-XX/1", "https://id.example.cn/MA%2E156.1301/1",
        "https://id.example.cn/MA.156.1301%2F1", "https://id.example.cn//MA.156.1301/1",
        "https://id.example.cn/./MA.156.1301/1", "https://a@id.example.cn:443/MA.156.1301?x",
        "http://id.example.cn/MA.156.1301#top"}) {
    EXPECT_TRUE(IsCity(url)) << url;
  }
}

TEST(IsCityContent, TakesEveryAddressAtAHostOfThePolicy) {
  const std::vector<std::string> hosts{"id.example.cn"};
  EXPECT_TRUE(IsCity("https://id.example.cn/", hosts));
  EXPECT_TRUE(IsCity("http://x@ID.example.cn:80/menu", hosts));
  EXPECT_TRUE(IsCity("https://id.example.cn.", hosts));
  EXPECT_FALSE(IsCity("https://id.example.cn.evil.example/menu", hosts));
  EXPECT_FALSE(IsCity("https://evil.example/id.example.cn", hosts));
  EXPECT_FALSE(IsCity("https://id.example.cn/menu"));
}

TEST(IsCityContent, TakesThePathOfACodeWhateverStandsBeforeIt) {
  const std::string code = "/MA.156.1301/" + std::string(190, '7');
  for (const char* before :
       {"id.example.cn", " https://id.example.cn", "\xef\xbb\xbfhttps://a.example", "//a.example", "x",
        "URL:https://a.example", "https:/a.example", "https://a.example/x/..", ""}) {
    EXPECT_TRUE(IsCity(before + code)) << before;
  }
  EXPECT_TRUE(IsCity("https:\\\\a.example\\MA.156.1301\\" + std::string(190, '7')));
  EXPECT_FALSE(IsCity("https://a.example/x/MA.156.1301/" + std::string(99, '7')));
  EXPECT_FALSE(IsCity("https://a.example/x/" + std::string(190, '7')));
}

TEST(IsCityContent, LeavesEverythingElse) {
  for (const char* text :
       {"", "WIFI:T:WPA;S:Guest;P:secret123;;", "MA.156.1301", "ftp://id.example.cn/MA.156.1301",
        "https://", "https://a.example", "https://a.example/menu", "\x84\x43", "\xd8\x3d\xd2\x84",
        "https://a.example/menu/MA.156.1301", "httpsx://id.example.cn/MA.156.1301"}) {
    EXPECT_FALSE(IsCity(text)) << text;
  }
}

TEST(AddSymbol, TakesTheSameOnceAtAPlaceAndAgainElsewhere) {
  std::vector<PictureSymbol> symbols;
  EXPECT_TRUE(AddSymbol(symbols, At(0, 0, "one"), {}));
  EXPECT_FALSE(AddSymbol(symbols, At(4, 3, "one", 96), {}));
  EXPECT_TRUE(AddSymbol(symbols, At(200, 0, "one"), {}));
  EXPECT_TRUE(AddSymbol(symbols, At(30, 30, "within another", 20), {}));
  EXPECT_EQ(symbols.size(), 3U);
}

TEST(AddSymbol, LeavesASecondReadingOfAForeignSymbolAndNeverOneOfCityId) {
  std::vector<PictureSymbol> symbols;
  EXPECT_TRUE(AddSymbol(symbols, At(0, 0, "\x83\x82"), {}));
  EXPECT_FALSE(AddSymbol(symbols, At(0, 0, "モ"), {}));
  // A place at which one reader sees a genuine code and the other one another is suspicious.
  EXPECT_TRUE(AddSymbol(symbols, At(0, 0, "https://id.example.cn/MA.156.1301/1"), {}));
  EXPECT_TRUE(AddSymbol(symbols, At(0, 0, "https://id.example.cn/MA.156.1301/2"), {}));
  EXPECT_EQ(symbols.size(), 3U);
}

TEST(Covers, KnowsInsideFromOutsideInEitherDirectionOfTheCorners) {
  PictureCorners corners = At(100, 100, "x").corners;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Covers(corners, {150, 150}, 0));
    EXPECT_TRUE(Covers(corners, {101, 199}, 0));
    EXPECT_FALSE(Covers(corners, {95, 150}, 0));
    EXPECT_TRUE(Covers(corners, {95, 150}, 0.1));
    EXPECT_FALSE(Covers(corners, {101, 150}, -0.2));
    std::swap(corners[1], corners[3]);
  }
  EXPECT_FALSE(Covers({}, {0, 0}, 0.2));
}

TEST(WhyIncomplete, NamesThePlaceAndEveryTrouble) {
  PictureResult result;
  result.width = 640;
  result.height = 480;
  EXPECT_TRUE(result.complete());
  EXPECT_EQ(WhyIncomplete(result), "");
  result.unread.push_back(At(100, 200, "").corners);
  EXPECT_EQ(WhyIncomplete(result),
            "something that looks like a QR code could not be read, at 150,250 of 640 x 480 pixels");
  result.unread.push_back(At(0, 0, "").corners);
  result.troubles = {PictureTrouble::kTooLong};
  EXPECT_EQ(WhyIncomplete(result),
            "2 things that look like QR codes could not be read, one at 150,250 of 640 x 480 "
            "pixels; reading took too long and was stopped");
  EXPECT_FALSE(result.complete());
}

TEST(KindOfFile, KnowsThemByTheirFirstBytes) {
  using namespace std::string_view_literals;
  for (const auto& [bytes, kind] :
       {std::pair{"\x89PNG\r\n\x1a\n...."sv, FileKind::kPng},
        {"\xff\xd8\xff\xe0"sv, FileKind::kJpeg},
        {"RIFF\x10\0\0\0WEBPVP8 "sv, FileKind::kWebp},
        {"GIF89a"sv, FileKind::kGif},
        {"P5\n1 1\n255\n."sv, FileKind::kPgm},
        {"\0\0\0\x1c" "ftypheic\0\0\0\0mif1heic"sv, FileKind::kHeic},
        {"\0\0\0\x1c" "ftypmif1\0\0\0\0avifmif1"sv, FileKind::kHeic},
        {"\0\0\0\x1c" "ftypavif\0\0\0\0mif1"sv, FileKind::kAvif},
        {"\0\0\0\x1c" "ftypisom\0\0\0\0mp42"sv, FileKind::kOther},
        {"%PDF-1.7"sv, FileKind::kPdf},
        {"\n \xef\xbb\xbf%PDF-1.7"sv, FileKind::kPdf},
        {"<?xml version='1.0'?><svg "sv, FileKind::kSvg},
        {"RIFF\x10\0\0\0WAVEfmt "sv, FileKind::kOther},
        {"\x89PNG\r\n\x1a"sv, FileKind::kOther},
        {""sv, FileKind::kOther}}) {
    EXPECT_EQ(KindOfFile(AsBytes(bytes)), kind) << bytes;
  }
}

TEST(UnsupportedFile, SaysHowToConvert) {
  EXPECT_NE(UnsupportedFile(FileKind::kHeic).detail.find("heif-convert"), std::string::npos);
  EXPECT_NE(UnsupportedFile(FileKind::kAvif).detail.find("avifdec"), std::string::npos);
  EXPECT_NE(UnsupportedFile(FileKind::kTiff).detail.find("convert it"), std::string::npos);
}

}  // namespace
}  // namespace cityid

// A library that gives up over a picture has not looked at it: that is said, and never taken for a
// picture without symbols. The calls of both libraries are taken here before they reach them.
#define ZX_USE_UTF8 1

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "tests/unit/symbol/photo.h"

#if __has_include(<ZXing/Version.h>)
#include <ZXing/Version.h>
#else
#include <ZXing/ZXVersion.h>
#endif
#include <ZXing/ReadBarcode.h>

namespace {

bool zxing_gives_up = false;
bool zbar_gives_up = false;

#if ZXING_VERSION_MAJOR > 2 || (ZXING_VERSION_MAJOR == 2 && ZXING_VERSION_MINOR >= 2)
using Options = ZXing::ReaderOptions;
constexpr const char* kReadBarcodes =
    "_ZN5ZXing12ReadBarcodesERKNS_9ImageViewERKNS_13ReaderOptionsE";
#else
using Options = ZXing::DecodeHints;
constexpr const char* kReadBarcodes = "_ZN5ZXing12ReadBarcodesERKNS_9ImageViewERKNS_11DecodeHintsE";
#endif

/// Returns the function of that name in the library, which the one here stands before.
template <class Function>
Function* InLibrary(const char* name) {
  auto* function = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
  if (function == nullptr) throw std::logic_error(name);
  return function;
}

}  // namespace

decltype(ZXing::ReadBarcodes(std::declval<const ZXing::ImageView&>(), std::declval<const Options&>()))
ZXing::ReadBarcodes(const ImageView& image, const Options& options) {
  if (zxing_gives_up) throw std::out_of_range("an index");
  using Same = decltype(ReadBarcodes(image, options))(const ImageView&, const Options&);
  return InLibrary<Same>(kReadBarcodes)(image, options);
}

extern "C" int zbar_scan_image(void* scanner, void* image) {
  if (zbar_gives_up) return -1;
  return InLibrary<int(void*, void*)>("zbar_scan_image")(scanner, image);
}

namespace cityid {
namespace {

class GivenUp : public testing::Test {
 protected:
  ~GivenUp() override { zxing_gives_up = zbar_gives_up = false; }

  static ReadHere Read(GrayImage image) { return ReadPicture({std::move(image), {}, 1, 1, false}); }
  static GrayImage White() {
    GrayImage image = Blank(300, 200);
    std::ranges::fill(image.pixels, 255);
    return image;
  }
  static GrayImage Code() { return *DecodeGray(*DrawPng(ExampleSymbol(), 4)); }
};

const std::vector kNotAll{PictureTrouble::kNotAllTried};

TEST_F(GivenUp, IsNotSaidIfBothLooked) {
  EXPECT_TRUE(Read(White()).troubles.empty());
  EXPECT_TRUE(Read(Code()).troubles.empty());
}

TEST_F(GivenUp, ByOneLibraryIsSaidWhereNothingIsFound) {
  zxing_gives_up = true;
  EXPECT_EQ(Read(White()).troubles, kNotAll);
  zxing_gives_up = false;
  zbar_gives_up = true;
  EXPECT_EQ(Read(White()).troubles, kNotAll);
}

TEST_F(GivenUp, ByZxingIsSaidBesideWhatZbarReads) {
  zxing_gives_up = true;
  const ReadHere result = Read(Code());
  ASSERT_EQ(result.symbols.size(), 1U);
  EXPECT_EQ(AsText(result.symbols[0].content), ExampleUrl());
  // A Data Matrix beside it would have been missed.
  EXPECT_EQ(result.troubles, kNotAll);
}

TEST_F(GivenUp, ByZbarDoesNotMatterWhereZxingReadsEverything) {
  zbar_gives_up = true;
  const ReadHere result = Read(Code());
  EXPECT_EQ(result.symbols.size(), 1U);
  EXPECT_TRUE(result.troubles.empty());
}

TEST_F(GivenUp, ByBothSaysThatACodeIsThere) {
  zxing_gives_up = zbar_gives_up = true;
  const ReadHere result = Read(Code());
  EXPECT_TRUE(result.symbols.empty());
  EXPECT_EQ(result.unread.size(), 1U);
  EXPECT_EQ(result.troubles, kNotAll);
}

}  // namespace
}  // namespace cityid

// Photographs that the makers of ZXing-cpp collected, each with its text beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "codec/files/file.h"
#include "codec/picture/picture.h"
#include "tests/unit/codec/vector_file.h"
#include "tests/unit/symbol/photo.h"

namespace cityid {
namespace {

/// What reading one of their folders must give.
struct Folder {
  const char* name;
  int images;  ///< PNG, JPEG and WebP files with an expected content
  int least;   ///< of these are read right
};

std::filesystem::path Photographs() { return SharedVectors("images"); }

std::vector<std::filesystem::path> ImagesIn(const std::filesystem::path& folder,
                                            const std::vector<std::string>& extensions) {
  std::vector<std::filesystem::path> images;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (std::ranges::count(extensions, entry.path().extension().string())) {
      images.push_back(entry.path());
    }
  }
  std::ranges::sort(images);
  return images;
}

std::vector<PictureSymbol> SymbolsIn(const std::filesystem::path& path) {
  const auto file = ReadFile(path, kMaxPictureFile);
  if (!file) throw std::runtime_error(file.error().detail);
  auto image = DecodeGray(*file);
  if (!image) throw std::runtime_error(path.string() + ": " + image.error().detail);
  return ReadSymbols(*std::move(image));
}

/// The text or, where it is not text, the bytes that a photograph shows.
std::optional<Bytes> ExpectedFor(std::filesystem::path image) {
  for (const char* extension : {".txt", ".bin"}) {
    if (auto file = ReadFile(image.replace_extension(extension), 65536)) return *file;
  }
  return std::nullopt;
}

class Accuracy : public testing::TestWithParam<Folder> {};

TEST_P(Accuracy, ReadsAtLeastAsManyPhotographsAsMeasured) {
  const auto folder = Photographs() / GetParam().name;
  int images = 0;
  int right = 0;
  for (const auto& path : ImagesIn(folder, {".png", ".jpg", ".webp"})) {
    const auto expected = ExpectedFor(path);
    if (!expected) continue;
    ++images;
    const auto symbols = SymbolsIn(path);
    if (symbols.size() == 1 && symbols[0].content == *expected) {
      ++right;
    } else {
      std::cout << "not read: " << path.filename() << ", " << symbols.size() << " symbols\n";
    }
  }
  std::cout << GetParam().name << ": " << right << " of " << images << " read\n";
  EXPECT_EQ(images, GetParam().images);
  EXPECT_GE(right, GetParam().least);
}

INSTANTIATE_TEST_SUITE_P(Photographs, Accuracy,
                         testing::Values(Folder{"qrcode-1", 8, 8}, Folder{"qrcode-2", 56, 39},
                                         Folder{"qrcode-3", 18, 18}, Folder{"qrcode-4", 24, 18},
                                         Folder{"datamatrix-1", 30, 26},
                                         Folder{"datamatrix-2", 13, 13}, Folder{"aztec-1", 32, 23}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(ReadSymbols, FindsNothingInPhotographsWithoutSymbols) {
  const auto images = ImagesIn(Photographs() / "falsepositives-1", {".png", ".jpg", ".webp"});
  EXPECT_EQ(images.size(), 21U);
  for (const auto& path : images) EXPECT_TRUE(SymbolsIn(path).empty()) << path.filename();
}

}  // namespace
}  // namespace cityid

// Synthetic photographs of symbols, and JPEG files of them.
#pragma once

#include <turbojpeg.h>

#include <cmath>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "codec/reader/attempts.h"
#include "codec/reader/decode.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"

namespace cityid {

/// What the camera saw: a symbol turned about the middle of a grey wall.
struct Scene {
  int width = 1200;
  int height = 900;
  double module_pixels = 8;
  double degrees = 0;
  int noise = 12;  ///< a pixel is off by at most so much
  unsigned seed = 1;
};

inline GrayImage Photograph(const QrSymbol& symbol, const Scene& scene) {
  const double angle = scene.degrees * 3.14159265358979323846 / 180;
  const double cosine = std::cos(angle) / scene.module_pixels;
  const double sine = std::sin(angle) / scene.module_pixels;
  std::minstd_rand random(scene.seed);
  std::uniform_int_distribution<int> noise(-scene.noise, scene.noise);
  GrayImage image{scene.width, scene.height, {}};
  image.pixels.reserve(static_cast<std::size_t>(scene.width) *
                       static_cast<std::size_t>(scene.height));
  for (int row = 0; row < scene.height; ++row) {
    for (int column = 0; column < scene.width; ++column) {
      const double right = column + 0.5 - scene.width / 2.0;
      const double down = row + 0.5 - scene.height / 2.0;
      const int x = static_cast<int>(std::floor(right * cosine + down * sine + symbol.size / 2.0));
      const int y = static_cast<int>(std::floor(down * cosine - right * sine + symbol.size / 2.0));
      const int end = symbol.size + kQuietZone;
      const bool wall = x < -kQuietZone || y < -kQuietZone || x >= end || y >= end;
      const bool inside = x >= 0 && y >= 0 && x < symbol.size && y < symbol.size;
      const int luminance = wall ? 130 : inside && symbol.dark(x, y) ? 40 : 215;
      image.pixels.push_back(static_cast<std::uint8_t>(luminance + noise(random)));
    }
  }
  return image;
}

struct JpegSettings {
  int quality = 60;
  int pixel_format = TJPF_GRAY;  ///< every channel gets the luminance
  int subsampling = TJSAMP_GRAY;
  bool progressive = false;
};

inline Bytes WriteJpeg(const GrayImage& image, const JpegSettings& settings = {}) {
  const auto channels = static_cast<std::size_t>(tjPixelSize[settings.pixel_format]);
  Bytes copies;
  if (channels > 1) copies.reserve(image.pixels.size() * channels);
  for (std::size_t i = 0; channels > 1 && i < image.pixels.size(); ++i)
    copies.insert(copies.end(), channels, image.pixels[i]);
  const Bytes& pixels = channels > 1 ? copies : image.pixels;
  struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  struct Free {
    void operator()(unsigned char* data) const { tjFree(data); }
  };
  const std::unique_ptr<void, Destroy> jpeg(tjInitCompress());
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(jpeg.get(), pixels.data(), image.width, 0, image.height,
                                 settings.pixel_format, &data, &size, settings.subsampling,
                                 settings.quality, settings.progressive ? TJFLAG_PROGRESSIVE : 0);
  const std::unique_ptr<unsigned char, Free> owned(data);
  if (status) throw std::runtime_error(tjGetErrorStr2(jpeg.get()));
  return Bytes(data, data + size);
}

/// A URL of a code as long as those of Shijiazhuang: a token without document claims.
inline std::string ExampleUrl(const std::string& host = "id.example.cn") {
  std::string url = "https://" + host + "/MA.156.1301/";
  for (int i = 0; i < 192; ++i) url += static_cast<char>('0' + (i * 7 + i / 10) % 10);
  return url;
}

inline QrSymbol ExampleSymbol(QrLevel level = QrLevel::kMedium) {
  return *EncodeQr(CodeUrlSegments(ExampleUrl()), level);
}

/// Decodes a picture to luminance.
inline Result<GrayImage> DecodeGray(ByteView file) {
  auto decoded = DecodeImage(file);
  if (!decoded) return decoded.error();
  return std::move(decoded->image);
}

/// Everything that reading a picture says, in this process.
struct ReadHere {
  std::vector<PictureSymbol> symbols;
  std::vector<UnreadRegion> unread;
  std::vector<PictureTrouble> troubles;
  PictureSize size{};
};

inline ReadHere ReadPicture(DecodedImage picture) {
  // What is found depends on the picture then, and not on how fast this was built to be.
  constexpr double kAlways = 1000;
  ReadHere result;
  ZbarReader zbar;
  const auto take = [&result](const PictureFrame& frame) {
    if (const auto* symbol = std::get_if<PictureSymbol>(&frame)) result.symbols.push_back(*symbol);
    if (const auto* region = std::get_if<UnreadRegion>(&frame)) result.unread.push_back(*region);
    if (const auto* trouble = std::get_if<PictureTrouble>(&frame))
      result.troubles.push_back(*trouble);
    if (const auto* size = std::get_if<PictureSize>(&frame)) result.size = *size;
  };
  Attempts(&zbar, {}, take, kAlways).Read(std::move(picture));
  return result;
}

inline std::vector<PictureSymbol> ReadSymbols(GrayImage image) {
  return ReadPicture({std::move(image), {}, 1, 1, false}).symbols;
}

/// The contents of the symbols in an image file; fails the reading test by throwing.
inline std::vector<std::string> ContentsOf(ByteView file) {
  auto image = DecodeGray(file);
  if (!image) throw std::runtime_error(image.error().detail);
  std::vector<std::string> contents;
  for (const PictureSymbol& symbol : ReadSymbols(*std::move(image)))
    contents.emplace_back(AsText(symbol.content));
  return contents;
}

}  // namespace cityid

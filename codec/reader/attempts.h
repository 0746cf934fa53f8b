// Reading the symbols of one picture: attempts, the cheapest first, within a budget of work.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "codec/picture/frames.h"
#include "codec/reader/decode.h"
#include "codec/reader/finder_patterns.h"
#include "codec/reader/zbar_reader.h"

namespace cityid {

/// Makes attempts until a code of CityID was found and nothing that looks like a QR code, or like a
/// part of one, is left unread, or the budget is spent:
/// - the image at up to 4 megapixels, by ZXing;
/// - what looks like a QR code, cut out, larger or smaller, with a local threshold, by both;
/// - the image at up to 4 megapixels, by zbar;
/// - the image at its size; light and dark exchanged; with a local threshold; at double size; in
///   tiles that overlap.
/// Each symbol is said as soon as it is found, so that whoever stops this loses none.
class Attempts {
 public:
  using Say = std::function<void(const PictureFrame&)>;

  /// `zbar`: null if only ZXing is to be used. Outlives this.
  Attempts(ZbarReader* zbar, std::vector<std::string> hosts, Say say)
      : zbar_(zbar), hosts_(std::move(hosts)), say_(std::move(say)) {}

  /// Reads a picture, and says symbols, unread regions and troubles. To be called once.
  void Read(DecodedImage picture);

 private:
  /// Where an image that is read lies in the whole one.
  struct Place {
    double left = 0, top = 0, scale = 1;
  };
  enum class With { kZxing, kZbar };

  void FindPatterns(const GrayImage& image);
  void Climb(const GrayImage& image);
  bool ReadWhole(const GrayImage& image, Place place);
  void ReadParts(const GrayImage& image);
  bool ReadPart(const GrayImage& image, const FinderTriple& triple);
  void ReadTiles(const GrayImage& image);
  void Try(const GrayImage& image, Place place, With with);
  bool TryBoth(const GrayImage& image, Place place);
  void Found(PictureSymbol symbol, Place place);
  std::vector<FinderTriple> UnreadTriples();
  std::vector<PictureCorners> Unread();
  bool IsOver() const;
  bool IsEnough();
  void SayUnread();

  ZbarReader* zbar_;
  std::vector<std::string> hosts_;
  Say say_;
  int width_ = 0;
  int height_ = 0;
  int orientation_ = 1;
  std::int64_t work_left_ = 0;  // pixels
  double started_ = 0;          // in processor time, seconds
  const GrayImage* image_ = nullptr;  // in which the patterns are
  std::vector<FinderPattern> patterns_;
  std::vector<FinderTriple> triples_;  // of the patterns in no symbol ...
  static constexpr std::size_t kNever = ~std::size_t{0};
  std::size_t triples_for_ = kNever;  // ... when there were so many symbols
  std::vector<PictureSymbol> symbols_;  // in pixels of the decoded image
  bool has_city_ = false;
  bool full_ = false;  // there are as many symbols as are said
};

}  // namespace cityid

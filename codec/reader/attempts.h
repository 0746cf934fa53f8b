// Reading the symbols of one picture: attempts, the cheapest first, within a budget of work.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "codec/picture/frames.h"
#include "codec/reader/decode.h"
#include "codec/reader/finder_patterns.h"
#include "codec/reader/second_look.h"
#include "codec/reader/zbar_reader.h"

namespace cityid {

/// Makes attempts until a code of CityID was found and nothing that looks like a QR code, or like a
/// part of one, is left unread, or the budget is spent:
/// - the image at up to 4 megapixels, by ZXing;
/// - what looks like a QR code, cut out, larger or smaller, with a local threshold, by both;
/// - the image at up to 4 megapixels, by zbar; light and dark exchanged;
/// - the image at twice that size, if it has so many pixels; with a local threshold; a small image
///   at double size; in tiles that overlap.
/// A transparent picture is looked at on black first, by the attempts down to zbar's, and then on
/// white. If a code of CityID was found, ZXing looks once more, at up to a megapixel in which what
/// was read is painted over, and at what is about square in it (docs/adr/0020-second-look.md). If
/// the budget doesn't allow for an attempt, that is said, unless enough was found. Each symbol is
/// said as soon as it is found, so that whoever stops this loses none.
class Attempts {
 public:
  using Say = std::function<void(const PictureFrame&)>;

  /// The processor time after which no attempt is begun. One may take a second on its own, if the
  /// picture is made for that.
  static constexpr double kSeconds = 0.6;

  /// `zbar`: null if only ZXing is to be used. Outlives this. `seconds`: of processor time, as
  /// above.
  Attempts(ZbarReader* zbar, std::vector<std::string> hosts, Say say, double seconds = kSeconds)
      : zbar_(zbar), hosts_(std::move(hosts)), say_(std::move(say)), seconds_(seconds) {}

  /// Reads a picture, and says symbols, unread regions and troubles. To be called once.
  void Read(DecodedImage picture);

 private:
  /// Where an image that is read lies in the whole one.
  struct Place {
    double left = 0, top = 0, scale = 1;
  };
  enum class With { kZxing, kZbar };
  /// The picture on one background, and what looks like a QR code there.
  struct View {
    explicit View(const GrayImage& on_background);
    const GrayImage* image;
    std::vector<FinderPattern> patterns;
    std::vector<FinderTriple> triples;          // of the patterns of no symbol ...
    std::size_t triples_for = ~std::size_t{0};  // ... when there were so many symbols
    bool more = false;                          // patterns than are looked at
    bool looked = false;                        // the whole of it was read at least once
  };

  struct Sizes;

  void Climb(const Sizes& sizes);
  void LookAgain(const Sizes& sizes);
  void ReadPatch(const GrayImage& image, const Patch& patch, double scale);
  bool ReadCheaply(const GrayImage& image, const GrayImage& first, Place place);
  void ReadParts(const GrayImage& image);
  bool ReadPart(const GrayImage& image, const FinderTriple& triple);
  void ReadTiles(const GrayImage& image);
  bool Try(const GrayImage& image, Place place, With with);
  bool TryBoth(const GrayImage& image, Place place);
  void Found(PictureSymbol symbol, Place place);
  const std::vector<FinderTriple>& UnreadTriples(View& view) const;
  std::vector<PictureCorners> Unread();
  bool Allows(std::int64_t work);
  bool IsEnough();
  void SayUnread();

  ZbarReader* zbar_;
  std::vector<std::string> hosts_;
  Say say_;
  double seconds_;
  int width_ = 0;
  int height_ = 0;
  int orientation_ = 1;
  std::int64_t work_left_ = 0;          // pixels
  double until_ = 0;                    // in processor time, seconds
  std::vector<View> views_;             // the last is the one that is read now
  std::vector<PictureSymbol> symbols_;  // in pixels of the decoded image
  bool has_city_ = false;
  bool full_ = false;     // there are as many symbols as are said
  bool skipped_ = false;  // the budget didn't allow for an attempt
};

}  // namespace cityid

#include "codec/reader/attempts.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "codec/reader/orientation.h"
#include "codec/reader/read_patterns.h"
#include "codec/reader/zxing_reader.h"

namespace cityid {
namespace {

/// Pixels that are read in all: about a second.
constexpr std::int64_t kWork = 48'000'000;
/// What zbar costs, a pixel, when ZXing costs 1.
constexpr std::int64_t kZbarWeight = 2;
/// A photograph of today has more pixels than its symbols need.
constexpr std::int64_t kFirstSize = 4'000'000;
constexpr std::int64_t kDoubledSize = 1'500'000;
constexpr std::int64_t kSecondLookSize = 1'000'000;
constexpr std::int64_t kSecondLookWork = 8'000'000;
constexpr std::int64_t kPatchSize = 500'000;
/// How much lighter than its ink paper is, and how much where the ink was running out. The grain of
/// a photograph is as strong as that.
constexpr int kPrinted = 70;
constexpr int kPale = 6;
constexpr int kTile = 1000;
/// Both libraries combine every three patterns, so that they would take minutes over more.
constexpr double kMaxPatternsForZxing = 150;
constexpr double kMaxPatternsForZbar = 300;

/// Modules of fewer pixels are grey.
constexpr double kVisibleModule = 0.6;

/// Letters look like finder patterns in two directions, hardly ever in three.
constexpr int kCertainDirections = 3;

/// Returns the regions that don't lie in another one: chance finds patterns within a symbol, too.
std::vector<PictureCorners> WithoutThoseInside(const std::vector<PictureCorners>& regions) {
  std::vector<PictureCorners> kept;
  const auto lies_in = [](const PictureCorners& inner, const PictureCorners& outer) {
    return std::ranges::count_if(
               inner, [&](PicturePoint corner) { return Covers(outer, corner, 0.05); }) >= 3;
  };
  for (std::size_t i = 0; i < regions.size(); ++i) {
    bool inside = false;
    for (std::size_t k = 0; k < regions.size() && !inside; ++k) {
      // Of two that lie in each other, the first stays.
      inside =
          k != i && lies_in(regions[i], regions[k]) && (k < i || !lies_in(regions[k], regions[i]));
    }
    if (!inside) kept.push_back(regions[i]);
  }
  return kept;
}

/// Returns how many patterns are left in an image of which every side has the fraction 1/`scale`:
/// the grain of a photograph is gone there.
double VisiblePatterns(const std::vector<FinderPattern>& patterns, double scale) {
  // Of those that were not kept nothing is known.
  if (patterns.size() >= kMaxFinderPatterns) return static_cast<double>(patterns.size());
  return static_cast<double>(std::ranges::count_if(
      patterns, [&](const FinderPattern& each) { return each.module > kVisibleModule * scale; }));
}

double ProcessorSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void RequireItsPixels(const GrayImage& image) {
  if (image.pixels.size() != static_cast<std::size_t>(image.size()))
    throw std::invalid_argument("gray image: pixels do not match its size");
}

}  // namespace

/// An image, and smaller ones of it: each half the size of the one before, until there are at most
/// so many pixels.
struct Attempts::Sizes {
  explicit Sizes(const GrayImage& image, std::int64_t most = kFirstSize) : whole(image) {
    while (last().size() > most) smaller.push_back(Halved(last()));
  }
  const GrayImage& last() const { return smaller.empty() ? whole : smaller.back(); }
  /// The one before the last, of twice its width and height. There must be one.
  const GrayImage& before_last() const {
    return smaller.size() == 1 ? whole : smaller[smaller.size() - 2];
  }
  double scale() const { return static_cast<double>(1 << smaller.size()); }

  const GrayImage& whole;
  std::vector<GrayImage> smaller;
};

void Attempts::Read(DecodedImage picture) {
  RequireItsPixels(picture.image);
  if (picture.on_black) RequireItsPixels(*picture.on_black);
  width_ = picture.image.width;
  height_ = picture.image.height;
  orientation_ = picture.orientation;
  // Where every pixel is opaque there is no background.
  if (picture.on_black && picture.on_black->pixels == picture.image.pixels)
    picture.on_black.reset();
  if (IsMirrored(orientation_)) {
    // Both libraries read mirrored symbols, zbar not all of them.
    static constexpr int kMirrored[] = {0, 1, 1, 3, 3, 8, 6, 6, 8};
    picture.image = Mirrored(picture.image);
    if (picture.on_black) picture.on_black = Mirrored(*picture.on_black);
    orientation_ = kMirrored[orientation_];
  }
  const bool turned = IsOnItsSide(orientation_);
  say_(PictureSize{turned ? height_ : width_, turned ? width_ : height_, picture.reduced});
  if (picture.cut_off) say_(PictureTrouble::kCutOff);
  if (picture.more_frames) say_(PictureTrouble::kMoreFrames);
  // Each symbol shows on one background or on both, by its colours. What one of them shows is never
  // taken for everything, and leaves half of the budget.
  const double started = ProcessorSeconds();
  work_left_ = kWork / 2;
  until_ = started + seconds_ / 2;
  if (picture.on_black) {
    views_.emplace_back(*picture.on_black);
    const Sizes sizes(*picture.on_black);
    ReadCheaply(sizes.whole, sizes.last(), {0, 0, sizes.scale()});
  }
  work_left_ += kWork / 2;
  until_ = started + seconds_;
  views_.emplace_back(picture.image);
  const Sizes sizes(picture.image);
  Climb(sizes);
  LookAgain(sizes);
  SayUnread();
}

/// Looks once more beside what was read: finder patterns say nothing of Data Matrix and Aztec, and
/// what is pale has none that are seen. Readers find more with what was read painted over.
void Attempts::LookAgain(const Sizes& sizes) {
  if (!has_city_) return;
  const Sizes looked_at(sizes.last(), kSecondLookSize);
  const Place place{0, 0, sizes.scale() * looked_at.scale()};
  const std::int64_t enough = work_left_ - kSecondLookWork;
  std::size_t before = 0;
  do {
    before = symbols_.size();
    GrayImage rest = looked_at.last();
    for (const PictureSymbol& symbol : symbols_) PaintOver(rest, symbol.corners, place.scale);
    Try(rest, place, With::kZxing);
    for (const int contrast : {kPrinted, kPale}) {
      for (const Patch& patch : FindPatches(rest, contrast)) {
        if (symbols_.size() > before || work_left_ < enough) break;
        ReadPatch(sizes.whole, patch, place.scale);
      }
    }
  } while (symbols_.size() > before && !full_);
}

/// Reads what is about square and full of light and dark. `scale`: of the image that the patch is
/// of.
void Attempts::ReadPatch(const GrayImage& image, const Patch& patch, double scale) {
  const auto whole = [&](int length, int most) {
    return std::min(static_cast<int>(length * scale), most);
  };
  const int left = whole(patch.left, image.width - 1);
  const int top = whole(patch.top, image.height - 1);
  GrayImage part = Cropped(image, left, top, whole(patch.width, image.width - left),
                           whole(patch.height, image.height - top));
  Place at{static_cast<double>(left), static_cast<double>(top), 1};
  for (; part.size() > kPatchSize; at.scale *= 2) part = Halved(part);
  const std::size_t before = symbols_.size();
  const auto read = [&](const GrayImage& tried) {
    return !Try(tried, at, With::kZxing) || symbols_.size() > before;
  };
  const int radius = std::max(std::max(part.width, part.height) / 8, 4);
  if (read(part) || read(Inverted(part)) || read(LocallyThresholded(part, radius))) return;
  at.scale *= 2;
  read(Halved(part));
}

Attempts::View::View(const GrayImage& on_background) : image(&on_background) {
  FinderPatterns found = FindFinderPatterns(*image);
  patterns = std::move(found.patterns);
  more = found.more;
}

/// Makes one attempt after the other.
void Attempts::Climb(const Sizes& sizes) {
  const GrayImage& image = sizes.whole;
  const Place place{0, 0, sizes.scale()};
  if (ReadCheaply(image, sizes.last(), place)) return;
  const int radius = std::max(8, std::max(sizes.last().width, sizes.last().height) / 40);
  const GrayImage thresholded = LocallyThresholded(sizes.last(), radius);
  if (!sizes.smaller.empty() && TryBoth(sizes.before_last(), {0, 0, sizes.scale() / 2})) return;
  if (TryBoth(thresholded, place)) return;
  if (image.size() <= kDoubledSize && TryBoth(Doubled(image), {0, 0, 0.5})) return;
  ReadTiles(image);
}

/// Makes the first attempts with the whole image, of which `first` has few enough pixels. Returns
/// true if that was enough.
bool Attempts::ReadCheaply(const GrayImage& image, const GrayImage& first, Place place) {
  views_.back().looked = Try(first, place, With::kZxing);
  if (IsEnough()) return true;
  ReadParts(image);
  if (IsEnough()) return true;
  Try(first, place, With::kZbar);
  if (!IsEnough() && !ZxingReadsInverted()) Try(Inverted(first), place, With::kZxing);
  return IsEnough();
}

/// Reads what looks like a QR code and was not read yet, each alone.
void Attempts::ReadParts(const GrayImage& image) {
  // What was read leaves the others clearer: on a sheet, patterns of neighbours may look like one
  // code.
  for (int round = 0; round < 3; ++round) {
    const std::size_t before = symbols_.size();
    const std::vector<FinderTriple> triples = UnreadTriples(views_.back());
    for (const FinderTriple& triple : triples) {
      if (IsExplained(symbols_, triple, views_.back().patterns)) continue;
      if (!Allows(0)) return;
      ReadPart(image, triple);
    }
    if (symbols_.size() == before || IsEnough()) return;
  }
}

bool Attempts::ReadPart(const GrayImage& image, const FinderTriple& triple) {
  const auto [left_of, right_of] = std::ranges::minmax(triple.corners, {}, &PicturePoint::x);
  const auto [top_of, bottom_of] = std::ranges::minmax(triple.corners, {}, &PicturePoint::y);
  double module = triple.module();
  // A bent symbol may reach out of the square that its corners give.
  const int margin = static_cast<int>(6 * module) + (right_of.x - left_of.x) / 8;
  const int left = std::clamp(left_of.x - margin, 0, image.width - 1);
  const int top = std::clamp(top_of.y - margin, 0, image.height - 1);
  const int right = std::clamp(right_of.x + margin, left + 1, image.width);
  const int bottom = std::clamp(bottom_of.y + margin, top + 1, image.height);
  GrayImage part = Cropped(image, left, top, right - left, bottom - top);
  Place place{static_cast<double>(left), static_cast<double>(top), 1};
  for (; module > 8; module /= 2, place.scale *= 2) part = Halved(part);
  for (; module < 4 && part.size() < kDoubledSize; module *= 2, place.scale /= 2)
    part = Doubled(part);
  if (triple.patterns[0].inverted) part = Inverted(part);
  const auto is_read = [&] { return IsExplained(symbols_, triple, views_.back().patterns); };
  const auto read = [&](const GrayImage& tried) {
    Try(tried, place, With::kZxing);
    if (!is_read()) Try(tried, place, With::kZbar);
    return is_read();
  };
  if (read(part)) return true;
  if (read(LocallyThresholded(part, static_cast<int>(5 * module)))) return true;
  place.scale *= 2;
  return read(Halved(part));
}

void Attempts::ReadTiles(const GrayImage& image) {
  if (std::max(image.width, image.height) <= kTile) return;
  for (int top = 0; top < image.height; top += kTile * 3 / 4) {
    for (int left = 0; left < image.width; left += kTile * 3 / 4) {
      if (!Allows(0)) return;
      const int width = std::min(kTile, image.width - left);
      const int height = std::min(kTile, image.height - top);
      if (width < kTile / 4 || height < kTile / 4) continue;
      const GrayImage tile = Cropped(image, left, top, width, height);
      if (TryBoth(tile, {static_cast<double>(left), static_cast<double>(top), 1})) return;
    }
  }
}

/// Returns true if that was enough.
bool Attempts::TryBoth(const GrayImage& image, Place place) {
  Try(image, place, With::kZxing);
  if (!IsEnough()) Try(image, place, With::kZbar);
  return IsEnough();
}

/// Returns true if the attempt was made.
bool Attempts::Try(const GrayImage& image, Place place, With with) {
  const std::int64_t work = image.size() * (with == With::kZbar ? kZbarWeight : 1);
  if (full_ || !Allows(work)) return false;
  // How many patterns a part of the picture has: fewer than the whole.
  const double part = static_cast<double>(image.size()) * place.scale * place.scale /
                      (static_cast<double>(width_) * height_);
  const double patterns =
      VisiblePatterns(views_.back().patterns, place.scale) * std::min(part, 1.0);
  const bool by_zbar = with == With::kZbar;
  const bool too_many = patterns > (by_zbar ? kMaxPatternsForZbar : kMaxPatternsForZxing);
  if (too_many || (by_zbar && zbar_ == nullptr)) skipped_ = true;
  if (by_zbar && (too_many || zbar_ == nullptr)) return false;
  work_left_ -= work;
  auto found = by_zbar ? zbar_->Read(image) : ReadWithZxing(image, !too_many);
  if (!found) skipped_ = true;
  if (!found) return false;
  for (PictureSymbol& symbol : *found) Found(std::move(symbol), place);
  return true;
}

void Attempts::Found(PictureSymbol symbol, Place place) {
  if (symbol.content.size() > kMaxSymbolContent || full_) return;
  for (PicturePoint& corner : symbol.corners) {
    corner.x = static_cast<std::int32_t>(std::lround(place.left + corner.x * place.scale));
    corner.y = static_cast<std::int32_t>(std::lround(place.top + corner.y * place.scale));
  }
  if (!AddSymbol(symbols_, symbol, hosts_)) return;
  if (symbols_.size() > kMaxPictureSymbols) {
    full_ = true;
    say_(PictureTrouble::kTooManySymbols);
    return;
  }
  has_city_ = has_city_ || IsCityContent(symbol.content, hosts_);
  for (PicturePoint& corner : symbol.corners)
    corner = AsShown(corner, width_, height_, orientation_);
  say_(std::move(symbol));
}

const std::vector<FinderTriple>& Attempts::UnreadTriples(View& view) const {
  if (view.triples_for != symbols_.size()) {
    std::vector<FinderPattern> rest;
    std::ranges::copy_if(
        view.patterns, std::back_inserter(rest), [&](const FinderPattern& pattern) {
          return !IsOfOne(symbols_, pattern) && !IsChanceInOne(symbols_, pattern, view.patterns);
        });
    view.triples = FindTriples(rest, *view.image);
    view.triples_for = symbols_.size();
  }
  return view.triples;
}

std::vector<PictureCorners> Attempts::Unread() {
  std::vector<PictureCorners> regions;
  for (View& view : views_) {
    std::vector<PictureCorners> triples;
    std::vector<FinderPattern> loose;
    std::vector<FinderPattern> read;
    for (const FinderTriple& triple : UnreadTriples(view)) triples.push_back(triple.corners);
    for (const FinderPattern& pattern : view.patterns) {
      const bool in_triple = std::ranges::any_of(triples, [&](const PictureCorners& corners) {
        return Covers(corners,
                      {static_cast<std::int32_t>(pattern.x), static_cast<std::int32_t>(pattern.y)},
                      0.1);
      });
      if (in_triple) continue;
      if (IsOfOne(symbols_, pattern)) {
        read.push_back(pattern);
      } else if (pattern.directions >= kCertainDirections &&
                 pattern.height > 1.2 * pattern.module &&
                 !IsChanceInOne(symbols_, pattern, view.patterns)) {
        loose.push_back(pattern);
      }
    }
    const auto damaged = FindDamaged(loose, read, *view.image);
    regions.insert(regions.end(), triples.begin(), triples.end());
    regions.insert(regions.end(), damaged.begin(), damaged.end());
  }
  return WithoutThoseInside(regions);
}

/// Returns true if the budget allows for an attempt; remembers that one is left out if it doesn't.
bool Attempts::Allows(std::int64_t work) {
  const bool allowed = work <= work_left_ && work_left_ > 0 && ProcessorSeconds() <= until_;
  skipped_ = skipped_ || !allowed;
  return allowed;
}

bool Attempts::IsEnough() {
  return full_ || (has_city_ && std::ranges::all_of(views_, &View::looked) && Unread().empty());
}

void Attempts::SayUnread() {
  const auto unread = Unread();
  if (unread.size() > kMaxPictureRegions || std::ranges::any_of(views_, &View::more))
    say_(PictureTrouble::kTooManyPatterns);
  if (skipped_ && !IsEnough()) say_(PictureTrouble::kNotAllTried);
  for (std::size_t i = 0; i < std::min(unread.size(), kMaxPictureRegions); ++i) {
    UnreadRegion region{unread[i]};
    for (PicturePoint& corner : region.corners)
      corner = AsShown(corner, width_, height_, orientation_);
    say_(region);
  }
}

}  // namespace cityid

#include "cli/documents/placing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "cli/console/command_line.h"

namespace cityid::cli {
namespace {

/// So much around a stamp should be empty, too.
constexpr double kClearance = 2;
/// How far apart the places are that are tried, and how near to the edge of a page they may be.
constexpr double kStep = 3;
constexpr double kEdge = 5;
/// What differs more than so much from the background is something.
constexpr int kInk = 10;
/// From here on a grey is light. There is paper if one pixel of so many has one of these.
constexpr int kLight = 192;
constexpr std::size_t kOneIn = 20;

constexpr std::array<std::pair<std::string_view, StampAt::Kind>, 5> kNamed = {{
    {"auto", StampAt::Kind::kAuto},
    {"top-left", StampAt::Kind::kTopLeft},
    {"top-right", StampAt::Kind::kTopRight},
    {"bottom-left", StampAt::Kind::kBottomLeft},
    {"bottom-right", StampAt::Kind::kBottomRight},
}};

/// The first is the best of several that are equally good.
constexpr std::array kCorners = {StampAt::Kind::kBottomRight, StampAt::Kind::kBottomLeft,
                                 StampAt::Kind::kTopRight, StampAt::Kind::kTopLeft};

std::optional<double> ParseMillimetres(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0 && number < 1e5))
    return std::nullopt;
  return number;
}

std::string Millimetres(double length) { return std::to_string(std::lround(length)); }

/// Errors: kUsage if a stamp is larger than its page.
Result<void> CheckFits(const PdfLook& page, const StampSize& stamp) {
  if (stamp.width_mm <= page.width_mm && stamp.height_mm <= page.height_mm) return {};
  return Usage("the stamp is " + Millimetres(stamp.width_mm) + " x " +
               Millimetres(stamp.height_mm) + " mm, and page " + std::to_string(page.page) +
               " has " + Millimetres(page.width_mm) + " x " + Millimetres(page.height_mm) +
               " mm; make it smaller with --size or --bare");
}

/// Returns the upper left corner of a stamp in a corner of its page.
StampPlace InCorner(StampAt::Kind corner, const PdfLook& page, const StampSize& stamp) {
  const bool left = corner == StampAt::Kind::kTopLeft || corner == StampAt::Kind::kBottomLeft;
  const bool top = corner == StampAt::Kind::kTopLeft || corner == StampAt::Kind::kTopRight;
  const auto along = [](bool near, double length, double needed) {
    const double margin = std::min(kStampMargin, (length - needed) / 2);
    return near ? margin : length - needed - margin;
  };
  return {along(left, page.width_mm, stamp.width_mm), along(top, page.height_mm, stamp.height_mm)};
}

/// The rows of a PGM file.
struct Grey {
  int width = 0, height = 0;
  ByteView pixels;
};

std::optional<Grey> ReadPgm(ByteView file) {
  std::string_view text = AsText(file);
  if (!text.starts_with("P5")) return std::nullopt;
  std::array<int, 3> numbers{};
  const char* at = text.data() + 2;
  const char* const end = text.data() + text.size();
  for (int& number : numbers) {
    while (at < end && (*at == ' ' || *at == '\n')) ++at;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 1 || number > 10000) return std::nullopt;
    at = next;
  }
  const std::size_t begin = static_cast<std::size_t>(at - text.data()) + 1;
  const Grey grey{numbers[0], numbers[1], file.subspan(std::min(begin, file.size()))};
  const std::size_t size =
      static_cast<std::size_t>(grey.width) * static_cast<std::size_t>(grey.height);
  if (numbers[2] != 255 || grey.pixels.size() < size) return std::nullopt;
  return grey;
}

/// Returns the grey that counts as empty: of paper, and not of a large dark picture on it.
int Background(const Grey& grey) {
  std::array<std::size_t, 256> count{};
  const std::size_t size =
      static_cast<std::size_t>(grey.width) * static_cast<std::size_t>(grey.height);
  for (const std::uint8_t pixel : grey.pixels.first(size)) ++count[pixel];
  const auto light = std::max_element(count.begin() + kLight, count.end());
  const auto most = *light * kOneIn >= size ? light : std::ranges::max_element(count);
  return static_cast<int>(most - count.begin());
}

/// How much there is in every part of a page.
class Ink {
 public:
  Ink(const Grey& grey, const PdfLook& page)
      : width_(grey.width),
        height_(grey.height),
        x_scale_(grey.width / page.width_mm),
        y_scale_(grey.height / page.height_mm),
        sums_(At(width_, height_) + 1) {
    const int background = Background(grey);
    const std::vector<bool> taken = Taken(page);
    for (int y = 0; y < height_; ++y) {
      std::uint32_t row = 0;
      for (int x = 0; x < width_; ++x) {
        const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                               static_cast<std::size_t>(x);
        row += taken[at] || std::abs(grey.pixels[at] - background) > kInk ? 1 : 0;
        sums_[At(x + 1, y + 1)] = sums_[At(x + 1, y)] + row;
      }
    }
  }

  /// Returns how many pixels have something in a rectangle, as far as it is on the page, and how
  /// many there are.
  std::pair<std::uint32_t, std::uint32_t> In(double x, double y, double width,
                                             double height) const {
    const auto [left, top, right, bottom] = Touched(x, y, width, height);
    const std::uint32_t inked = sums_[At(right, bottom)] - sums_[At(left, bottom)] -
                                sums_[At(right, top)] + sums_[At(left, top)];
    return {inked, static_cast<std::uint32_t>((right - left) * (bottom - top))};
  }

  /// Returns true if there is nothing in a rectangle and so many millimetres around it.
  bool IsEmpty(const StampPlace& place, const StampSize& stamp, double around) const {
    return In(place.x_mm - around, place.y_mm - around, stamp.width_mm + 2 * around,
              stamp.height_mm + 2 * around)
               .first == 0;
  }

 private:
  /// Returns the pixels that a rectangle touches: the first column and row, and those behind the
  /// last ones.
  std::array<int, 4> Touched(double x, double y, double width, double height) const {
    const auto column = [&](double mm) {
      return std::clamp(static_cast<int>(std::floor(mm * x_scale_)), 0, width_);
    };
    const auto row = [&](double mm) {
      return std::clamp(static_cast<int>(std::floor(mm * y_scale_)), 0, height_);
    };
    return {column(x), row(y), std::min(column(x + width) + 1, width_),
            std::min(row(y + height) + 1, height_)};
  }

  /// Returns for each pixel whether a stamp can't be put there, whatever is seen.
  std::vector<bool> Taken(const PdfLook& page) const {
    const auto columns = static_cast<std::size_t>(width_);
    std::vector<bool> taken(columns * static_cast<std::size_t>(height_));
    for (const PagePart& part : page.taken) {
      const auto [left, top, right, bottom] =
          Touched(part.x_mm, part.y_mm, part.width_mm, part.height_mm);
      for (int y = top; y < bottom; ++y) {
        const auto row = taken.begin() + y * width_;
        std::fill(row + left, row + right, true);
      }
    }
    return taken;
  }

  std::size_t At(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_ + 1) +
           static_cast<std::size_t>(x);
  }

  int width_, height_;
  double x_scale_, y_scale_;         // pixels a millimetre
  std::vector<std::uint32_t> sums_;  // of everything above and to the left
};

/// Returns true if an annotation or a form field is drawn over a place.
bool IsTaken(const PdfLook& page, const StampPlace& place, const StampSize& stamp) {
  return std::ranges::any_of(page.taken, [&](const PagePart& part) {
    return part.x_mm < place.x_mm + stamp.width_mm && place.x_mm < part.x_mm + part.width_mm &&
           part.y_mm < place.y_mm + stamp.height_mm && place.y_mm < part.y_mm + part.height_mm;
  });
}

/// Returns the empty corner with the most room, if one is empty.
std::optional<StampPlace> EmptyCorner(const Ink& ink, const PdfLook& page, const StampSize& stamp) {
  std::optional<StampPlace> best;
  double most = kClearance - 1;
  for (const StampAt::Kind corner : kCorners) {
    const StampPlace place = InCorner(corner, page, stamp);
    double around = kClearance - 1;
    while (around < page.width_mm && ink.IsEmpty(place, stamp, around + 1)) around += 1;
    if (around > most) {
      most = around;
      best = place;
    }
  }
  return best;
}

}  // namespace

Result<StampAt> StampAt::Parse(const std::string& text) {
  for (const auto& [name, kind] : kNamed)
    if (text == name) return StampAt{kind};
  const std::size_t comma = text.find(',');
  if (comma != std::string::npos) {
    const auto x = ParseMillimetres(std::string_view(text).substr(0, comma));
    const auto y = ParseMillimetres(std::string_view(text).substr(comma + 1));
    if (x && y) return StampAt{Kind::kPoint, *x, *y};
  }
  return Usage(
      "--at is auto, top-left, top-right, bottom-left, bottom-right, or X,Y in millimetres from "
      "the page's upper left corner");
}

Result<StampPlace> PlaceAt(const StampAt& at, const PdfLook& page, const StampSize& stamp) {
  if (const auto fits = CheckFits(page, stamp); !fits) return fits.error();
  if (at.kind != StampAt::Kind::kPoint) return InCorner(at.kind, page, stamp);
  if (at.x_mm + stamp.width_mm > page.width_mm || at.y_mm + stamp.height_mm > page.height_mm) {
    return Usage("--at: the stamp would stand beyond the page's edge; its corner is at most at " +
                 Millimetres(std::floor(page.width_mm - stamp.width_mm)) + "," +
                 Millimetres(std::floor(page.height_mm - stamp.height_mm)));
  }
  return StampPlace{at.x_mm, at.y_mm};
}

Result<int> CoveredAt(const StampPlace& place, ByteView picture, const PdfLook& page,
                      const StampSize& stamp) {
  const auto grey = ReadPgm(picture);
  if (!grey) return Error{Errc::kMalformed, "the picture of the page is none"};
  const auto [inked, all] =
      Ink(*grey, page).In(place.x_mm, place.y_mm, stamp.width_mm, stamp.height_mm);
  return static_cast<int>(std::ceil(100.0 * inked / std::max(all, 1U)));
}

Result<StampPlace> PlaceFreely(ByteView picture, const PdfLook& page, const StampSize& stamp) {
  if (const auto fits = CheckFits(page, stamp); !fits) return fits.error();
  const auto grey = ReadPgm(picture);
  if (!grey) return Error{Errc::kMalformed, "the picture of the page is none"};
  const Ink ink(*grey, page);
  if (const auto corner = EmptyCorner(ink, page, stamp)) return *corner;
  const double right = page.width_mm - stamp.width_mm, bottom = page.height_mm - stamp.height_mm;
  const double x_edge = std::min(kEdge, right / 2), y_edge = std::min(kEdge, bottom / 2);
  StampPlace best = InCorner(kCorners[0], page, stamp);
  double least = 2;
  for (double y = bottom - y_edge; y >= y_edge; y -= kStep) {
    for (double x = right - x_edge; x >= x_edge; x -= kStep) {
      const StampPlace place{x, y};
      if (ink.IsEmpty(place, stamp, kClearance)) return place;
      const auto [inked, all] = ink.In(x, y, stamp.width_mm, stamp.height_mm);
      const double share = static_cast<double>(inked) / all;
      if (share >= least || IsTaken(page, place, stamp)) continue;
      least = share;
      best = place;
    }
  }
  best.covered = static_cast<int>(std::ceil(least * 100));
  return best;
}

}  // namespace cityid::cli

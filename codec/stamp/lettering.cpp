#include "codec/stamp/lettering.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace cityid {
namespace {

/// A letter: how wide it is, and its strokes. These are steps, each a mark and its points:
///   M x y  begin a stroke        L x y  a line        C x y x y x y  a cubic Bezier curve
///   H x y  a quarter of an ellipse that leaves horizontally     V x y  one that leaves vertically
struct Letter {
  char character;
  double width;
  std::string_view strokes;
};

constexpr std::array kLetters = {
    Letter{'0', 6, "M3 10 H0 5 V3 0 H6 5 V3 10 M1.8 3.2 L4.2 6.8"},
    Letter{'1', 5, "M0.8 8.2 L2.9 10 L2.9 0 M0.7 0 L5 0"},
    Letter{'2', 6, "M0.3 7.5 V3 10 H5.7 7.2 C5.7 4.8 2.6 3 0 0 L6 0"},
    Letter{'3', 6, "M0.5 10 L5.6 10 L2.7 6.1 H6 3 V2.9 0 H0 1.9"},
    Letter{'4', 6, "M4.5 0 L4.5 10 L0 2.9 L6 2.9"},
    Letter{'5', 6, "M5.4 10 L0.9 10 L0.5 5.4 C1.2 6 2 6.3 2.9 6.3 H6 3.2 V2.9 0 H0 1.7"},
    Letter{'6', 6, "M4.9 10 C2.2 8.9 0 6.4 0 3.1 V3 0 H6 3.1 V3 6.2 H0 3.1"},
    Letter{'7', 6, "M0 10 L6 10 L2.1 0"},
    Letter{'8', 6, "M3 10 H0.4 7.7 V3 5.4 H6 2.7 V3 0 H0 2.7 V3 5.4 H5.6 7.7 V3 10"},
    Letter{'9', 6, "M1.1 0 C3.8 1.1 6 3.6 6 6.9 V3 10 H0 6.9 V3 3.8 H6 6.9"},
    Letter{'A', 7.6, "M0 0 L3.8 10 L7.6 0 M1.3 3.4 L6.3 3.4"},
    Letter{'B', 6.4, "M0 0 L0 10 L3.6 10 H5.9 7.7 V3.6 5.3 L0 5.3 M3.6 5.3 H6.4 2.6 V3.6 0 L0 0"},
    Letter{'C', 7, "M7 8 V4 10 H0 5 V4 0 H7 2"},
    Letter{'D', 7, "M0 0 L0 10 L2.8 10 H7 5 V2.8 0 L0 0"},
    Letter{'E', 5.7, "M5.7 10 L0 10 L0 0 L5.7 0 M0 5.3 L4.8 5.3"},
    Letter{'F', 5.5, "M5.5 10 L0 10 L0 0 M0 5.2 L4.6 5.2"},
    Letter{'G', 7.2, "M6.9 8 V4 10 H0 5 V4 0 H7.2 3.2 L7.2 4.6 L4.4 4.6"},
    Letter{'H', 6.8, "M0 0 L0 10 M6.8 0 L6.8 10 M0 5.3 L6.8 5.3"},
    Letter{'I', 3, "M0 10 L3 10 M0 0 L3 0 M1.5 0 L1.5 10"},
    Letter{'J', 4.6, "M1.6 10 L4.6 10 L4.6 2.8 V2.3 0 H0 2"},
    Letter{'K', 6.4, "M0 0 L0 10 M6.2 10 L0 4 M2.3 6.2 L6.4 0"},
    Letter{'L', 5.3, "M0 10 L0 0 L5.3 0"},
    Letter{'M', 8.2, "M0 0 L0 10 L4.1 3.4 L8.2 10 L8.2 0"},
    Letter{'N', 6.8, "M0 0 L0 10 L6.8 0 L6.8 10"},
    Letter{'O', 8, "M4 10 H0 5 V4 0 H8 5 V4 10"},
    Letter{'P', 6.2, "M0 0 L0 10 L3.4 10 H6.2 7.3 V3.4 4.6 L0 4.6"},
    Letter{'Q', 8, "M4 10 H0 5 V4 0 H8 5 V4 10 M5.2 2.6 L8 -0.6"},
    Letter{'R', 6.4, "M0 0 L0 10 L3.4 10 H6.1 7.4 V3.4 4.8 L0 4.8 M3.2 4.8 L6.4 0"},
    Letter{'S', 6.2, "M5.8 8.1 V3.1 10 H0.3 7.6 V3.1 5.2 H6.2 2.6 V3.1 0 H0 1.9"},
    Letter{'T', 6.8, "M0 10 L6.8 10 M3.4 10 L3.4 0"},
    Letter{'U', 6.8, "M0 10 L0 3.4 V3.4 0 H6.8 3.4 L6.8 10"},
    Letter{'V', 7.4, "M0 10 L3.7 0 L7.4 10"},
    Letter{'W', 10.2, "M0 10 L2.6 0 L5.1 8.4 L7.6 0 L10.2 10"},
    Letter{'X', 6.8, "M0 0 L6.8 10 M0 10 L6.8 0"},
    Letter{'Y', 7, "M0 10 L3.5 4.8 L7 10 M3.5 4.8 L3.5 0"},
    Letter{'Z', 6.4, "M0 10 L6.4 10 L0 0 L6.4 0"},
    Letter{'a', 5.1, "M5.1 3.5 V2.55 7 H0 3.5 V2.55 0 H5.1 3.5 M5.1 7 L5.1 0"},
    Letter{'b', 5.1, "M0 3.5 V2.55 7 H5.1 3.5 V2.55 0 H0 3.5 M0 10 L0 0"},
    Letter{'c', 4.6, "M4.6 5.6 V2.6 7 H0 3.5 V2.6 0 H4.6 1.4"},
    Letter{'d', 5.1, "M5.1 3.5 V2.55 7 H0 3.5 V2.55 0 H5.1 3.5 M5.1 10 L5.1 0"},
    Letter{'e', 5.1, "M0 3.7 L5.1 3.7 V2.6 7 H0 3.5 V2.7 0 H4.9 1.4"},
    Letter{'f', 3.4, "M3.4 10 H1.2 8 L1.2 0 M0 6.7 L3.1 6.7"},
    Letter{'g', 5.1, "M5.1 3.5 V2.55 7 H0 3.5 V2.55 0 H5.1 3.5 M5.1 7 L5.1 -0.6 V2.6 -3 H0.2 -1.8"},
    Letter{'h', 4.9, "M0 10 L0 0 M0 4.3 V2.6 7 H4.9 4.5 L4.9 0"},
    Letter{'i', 0, "M0 7 L0 0 M0 9.5 L0 9.8"},
    Letter{'j', 1.7, "M1.7 7 L1.7 -1.2 V0 -3 M1.7 9.5 L1.7 9.8"},
    Letter{'k', 4.6, "M0 10 L0 0 M4.4 7 L0 2.8 M1.7 4.4 L4.6 0"},
    Letter{'l', 1.6, "M0 10 L0 1.6 V1.6 0"},
    Letter{'m', 7.8, "M0 7 L0 0 M0 4.6 V2.1 7 H3.9 4.9 L3.9 0 M3.9 4.6 V6 7 H7.8 4.9 L7.8 0"},
    Letter{'n', 4.9, "M0 7 L0 0 M0 4.3 V2.6 7 H4.9 4.5 L4.9 0"},
    Letter{'o', 5.4, "M2.7 7 H0 3.5 V2.7 0 H5.4 3.5 V2.7 7"},
    Letter{'p', 5.1, "M0 3.5 V2.55 7 H5.1 3.5 V2.55 0 H0 3.5 M0 7 L0 -3"},
    Letter{'q', 5.1, "M5.1 3.5 V2.55 7 H0 3.5 V2.55 0 H5.1 3.5 M5.1 7 L5.1 -3"},
    Letter{'r', 3, "M0 7 L0 0 M0 4 V3 7"},
    Letter{'s', 4.3, "M4.1 5.8 V2.15 7 H0.2 5.3 V2.15 3.6 H4.3 1.8 V2.15 0 H0 1.2"},
    Letter{'t', 3.4, "M1.2 9.2 L1.2 1.8 V2.9 0 L3.4 0 M0 6.8 L3.2 6.8"},
    Letter{'u', 4.9, "M0 7 L0 2.5 V2.3 0 H4.9 2.7 M4.9 7 L4.9 0"},
    Letter{'v', 5.2, "M0 7 L2.6 0 L5.2 7"},
    Letter{'w', 7.6, "M0 7 L1.9 0 L3.8 6.2 L5.7 0 L7.6 7"},
    Letter{'x', 4.8, "M0 0 L4.8 7 M0 7 L4.8 0"},
    Letter{'y', 5.2, "M0 7 L2.7 0.2 M5.2 7 L2.3 -1.4 C1.9 -2.5 1.2 -3 0.2 -3"},
    Letter{'z', 4.6, "M0 7 L4.6 7 L0 0 L4.6 0"},
    Letter{' ', 1.2, ""},
    Letter{'.', 0, "M0 0 L0 0.3"},
    Letter{',', 0.6, "M0.6 0.3 L0.6 -0.2 L0 -1.6"},
    Letter{':', 0, "M0 0 L0 0.3 M0 5.2 L0 5.5"},
    Letter{';', 0.6, "M0.6 0.3 L0.6 -0.2 L0 -1.6 M0.6 5.2 L0.6 5.5"},
    Letter{'-', 3.4, "M0 3.6 L3.4 3.6"},
    Letter{'_', 5, "M0 -2 L5 -2"},
    Letter{'/', 4.2, "M0 -1.2 L4.2 11.2"},
    Letter{'(', 1.8, "M1.8 11.4 C-0.6 8.4 -0.6 1 1.8 -2"},
    Letter{')', 1.8, "M0 11.4 C2.4 8.4 2.4 1 0 -2"},
    Letter{'+', 5, "M2.5 1.6 L2.5 6.6 M0 4.1 L5 4.1"},
    Letter{'=', 5, "M0 2.9 L5 2.9 M0 5.4 L5 5.4"},
    Letter{'?', 4.8, "M0 7.8 V2.4 10 H4.8 7.5 C4.8 5.3 2.3 5.6 2.3 3 M2.3 0 L2.3 0.3"},
    Letter{'!', 0, "M0 10 L0 3 M0 0 L0 0.3"},
    Letter{'#', 6.4, "M1.2 0 L2.6 10 M3.9 0 L5.3 10 M0 3.4 L6 3.4 M0.4 6.8 L6.4 6.8"},
    Letter{'&', 7,
           "M7 0 L1.6 7 C0.2 9 1.4 10 2.8 10 C4.4 10 5.2 8.4 4.1 7.2 C3 6 0 5 0 2.6 V2.7 0 "
           "C4.6 0 6.2 1.8 6.6 4"},
    Letter{'@', 9,
           "M6.3 4.6 V4.5 6.6 H2.7 4.2 V4.5 1.9 H6.3 4.2 L6.3 3.2 C6.4 1.4 9 1.4 9 4.8 V4.6 9 "
           "H0 4 V4.6 -1.4 C5.8 -1.4 6.6 -1.1 7.4 -0.5"},
    Letter{'%', 7.6,
           "M6.8 10 L0.8 0 M1.6 10 H0 8 V1.6 6 H3.2 8 V1.6 10 M6 4 H4.4 2 V6 0 H7.6 2 V6 4"},
    Letter{'\'', 0, "M0 10 L0 7.6"},
    Letter{'*', 4.4, "M2.2 10 L2.2 5 M0 8.8 L4.4 6.2 M0 6.2 L4.4 8.8"},
    Letter{'~', 5.4, "M0 3.2 C0.8 5.6 2 4.8 2.7 4.1 C3.4 3.4 4.6 2.6 5.4 5"},
};

constexpr double kBetweenLetters = 2.5;

const Letter* Find(char character) {
  const auto found = std::ranges::find(kLetters, character, &Letter::character);
  return found == kLetters.end() ? nullptr : &*found;
}

struct Point {
  double x = 0;
  double y = 0;
};

/// Writes the strokes of letters at their place.
class Pen {
 public:
  Pen(std::string& out, double scale, double x, double y)
      : out_(out), scale_(scale), x_(x), y_(y) {}

  void Draw(const Letter& letter) {
    std::istringstream steps{std::string(letter.strokes)};
    const auto next = [&steps] {
      Point point;
      steps >> point.x >> point.y;
      return point;
    };
    Point at;
    for (char mark = 0; steps >> mark;) {
      Point first = next();
      if (mark == 'M' || mark == 'L') {
        Write({first}, mark == 'M' ? "m\n" : "l\n");
        at = first;
        continue;
      }
      // A quarter of an ellipse, as near as a cubic curve comes to it.
      constexpr double kQuarter = 0.5523;
      Point second = first;
      Point end = first;
      if (mark == 'H') {
        first = {at.x + (end.x - at.x) * kQuarter, at.y};
        second = {end.x, end.y - (end.y - at.y) * kQuarter};
      } else if (mark == 'V') {
        first = {at.x, at.y + (end.y - at.y) * kQuarter};
        second = {end.x - (end.x - at.x) * kQuarter, end.y};
      } else {
        second = next();
        end = next();
      }
      Write({first, second, end}, "c\n");
      at = end;
    }
    x_ += (letter.width + kBetweenLetters) * scale_;
  }

 private:
  void Write(std::initializer_list<Point> points, const char* step) {
    constexpr int kDigits = 3;
    for (const Point& point : points) {
      for (const double number : {x_ + point.x * scale_, y_ + point.y * scale_}) {
        AppendPdfNumber(out_, number, kDigits);
        out_ += ' ';
      }
    }
    out_ += step;
  }

  std::string& out_;
  double scale_;
  double x_;
  double y_;
};

}  // namespace

std::optional<char> WithoutLetter(std::string_view text) {
  for (const char character : text) {
    if (Find(character) == nullptr) return character;
  }
  return std::nullopt;
}

double LetteringWidth(std::string_view text) {
  double width = 0;
  for (const char character : text) width += Find(character)->width + kBetweenLetters;
  return std::max(width - kBetweenLetters, 0.0);
}

std::string LetteringStrokes(std::string_view text, double scale, double x, double y) {
  std::string strokes;
  Pen pen(strokes, scale, x, y);
  for (const char character : text) pen.Draw(*Find(character));
  return strokes;
}

void AppendPdfNumber(std::string& out, double number, int digits) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::fixed, digits)
                       .ptr;
  std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
  if (written.find('.') != std::string_view::npos) {
    written = written.substr(0, written.find_last_not_of('0') + 1);
    if (written.ends_with('.')) written.remove_suffix(1);
  }
  out += written == "-0" ? "0" : written;
}

}  // namespace cityid

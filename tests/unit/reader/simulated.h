// Simulated photographs: symbols on a sheet, and what comes between the sheet and a file.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "codec/reader/gray_image.h"
#include "codec/symbol/qr.h"

namespace cityid::simulated {

/// A symbol on the sheet; places and sizes are in pixels of a camera that looks at it from straight
/// above.
struct Placed {
  QrSymbol symbol;
  double x = 0, y = 0;  ///< the centre
  double module = 5;
  double degrees = 0;
};

/// How the picture is taken.
struct Camera {
  int width = 640;
  int height = 480;
  double tilt = 0;      ///< degrees, about an axis in the sheet
  double axis = 0;      ///< degrees, the direction of that axis
  double bend = 0;      ///< degrees of a cylinder that the sheet's width covers; 0: flat
  double blur = 0;      ///< pixels, the radius of a disc
  double motion = 0;    ///< pixels
  double motion_direction = 0;  ///< degrees
  int dark = 30;        ///< luminance of ink
  int light = 225;      ///< luminance of paper
  int noise = 6;        ///< a pixel is off by at most so much
  double glare = 0;     ///< pixels, the radius of a reflection
  double glare_x = 0, glare_y = 0;
  int spots = 0;        ///< of dirt, anywhere on the sheet
  double spot_radius = 4;
};

struct Spot {
  double x, y, radius;
  int luminance;
};

/// A symbol with what of its place is needed at every pixel.
struct Fixed {
  const Placed* placed;
  double cosine, sine;  // over the size of a module
  double half;          // modules
  double reach;         // pixels
};

class Picture {
 public:
  Picture(std::vector<Placed> symbols, const Camera& camera, unsigned seed)
      : symbols_(std::move(symbols)), camera_(camera), random_(seed) {
    for (const Placed& placed : symbols_) {
      const double angle = placed.degrees * kDegree;
      fixed_.push_back({&placed, std::cos(angle) / placed.module, std::sin(angle) / placed.module,
                        placed.symbol.size / 2.0, placed.symbol.size * placed.module * 0.75});
    }
    std::uniform_real_distribution<double> anywhere(0, 1);
    for (int i = 0; i < camera.spots; ++i) {
      spots_.push_back({anywhere(random_) * camera.width, anywhere(random_) * camera.height,
                        camera.spot_radius * (0.4 + 0.6 * anywhere(random_)),
                        anywhere(random_) < 0.5 ? camera.dark + 20 : camera.light - 10});
    }
  }

  GrayImage Take() {
    std::vector<float> sharp(static_cast<std::size_t>(camera_.width) *
                             static_cast<std::size_t>(camera_.height));
    for (int y = 0; y < camera_.height; ++y) {
      for (int x = 0; x < camera_.width; ++x) {
        double sum = 0;
        for (const double dy : {0.25, 0.75})
          for (const double dx : {0.25, 0.75}) sum += Seen(x + dx, y + dy);
        At(sharp, x, y) = static_cast<float>(sum / 4);
      }
    }
    if (camera_.blur > 0) sharp = Blurred(sharp);
    if (camera_.motion > 0) sharp = Moved(sharp);
    std::uniform_int_distribution<int> noise(-camera_.noise, camera_.noise);
    GrayImage image = Blank(camera_.width, camera_.height);
    for (int y = 0; y < camera_.height; ++y) {
      for (int x = 0; x < camera_.width; ++x) {
        double value = At(sharp, x, y);
        if (camera_.glare > 0) {
          const double away = std::hypot(x - camera_.glare_x, y - camera_.glare_y) / camera_.glare;
          value += 400 * std::exp(-away * away * 2);
        }
        image.row(y)[x] =
            static_cast<std::uint8_t>(std::clamp(value + noise(random_), 0.0, 255.0));
      }
    }
    return image;
  }

 private:
  float& At(std::vector<float>& values, int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(camera_.width) +
                  static_cast<std::size_t>(x)];
  }

  /// Returns the luminance that a ray through the picture meets.
  double Seen(double px, double py) const {
    double x = px - camera_.width / 2.0;
    double y = py - camera_.height / 2.0;
    if (camera_.tilt != 0) {
      // The sheet turned about an axis through its middle, seen from three widths away.
      const double distance = 3.0 * camera_.width;
      const double axis = camera_.axis * kDegree;
      const double along = x * std::cos(axis) + y * std::sin(axis);
      const double across = -x * std::sin(axis) + y * std::cos(axis);
      const double tilt = camera_.tilt * kDegree;
      const double t = across * distance / (distance * std::cos(tilt) - across * std::sin(tilt));
      const double scale = (distance + t * std::sin(tilt)) / distance;
      const double u = along * scale;
      x = u * std::cos(axis) - t * std::sin(axis);
      y = u * std::sin(axis) + t * std::cos(axis);
    }
    if (camera_.bend != 0) {
      const double radius = camera_.width / (camera_.bend * kDegree);
      if (std::abs(x) >= radius) return 110;
      x = radius * std::asin(x / radius);
    }
    return OnSheet(x + camera_.width / 2.0, y + camera_.height / 2.0);
  }

  double OnSheet(double x, double y) const {
    for (const Spot& spot : spots_) {
      const double right = x - spot.x;
      const double down = y - spot.y;
      if (right * right + down * down < spot.radius * spot.radius) return spot.luminance;
    }
    for (const Fixed& fixed : fixed_) {
      const double right = x - fixed.placed->x;
      const double down = y - fixed.placed->y;
      if (std::abs(right) > fixed.reach || std::abs(down) > fixed.reach) continue;
      const double mx = right * fixed.cosine + down * fixed.sine + fixed.half;
      const double my = down * fixed.cosine - right * fixed.sine + fixed.half;
      const QrSymbol& symbol = fixed.placed->symbol;
      if (mx < 0 || my < 0 || mx >= symbol.size || my >= symbol.size) continue;
      return symbol.dark(static_cast<int>(mx), static_cast<int>(my)) ? camera_.dark : camera_.light;
    }
    return camera_.light;
  }

  std::vector<float> Averaged(std::vector<float>& from,
                              const std::vector<std::pair<int, int>>& offsets) const {
    std::vector<float> to(from.size());
    for (int y = 0; y < camera_.height; ++y) {
      for (int x = 0; x < camera_.width; ++x) {
        float sum = 0;
        for (const auto& [dx, dy] : offsets)
          sum += const_cast<const Picture*>(this)->At(from, std::clamp(x + dx, 0, camera_.width - 1),
                                                      std::clamp(y + dy, 0, camera_.height - 1));
        At(to, x, y) = sum / static_cast<float>(offsets.size());
      }
    }
    return to;
  }

  std::vector<float> Blurred(std::vector<float>& from) const {
    std::vector<std::pair<int, int>> disc;
    const int reach = static_cast<int>(std::ceil(camera_.blur));
    for (int dy = -reach; dy <= reach; ++dy)
      for (int dx = -reach; dx <= reach; ++dx)
        if (std::hypot(dx, dy) <= camera_.blur) disc.emplace_back(dx, dy);
    return Averaged(from, disc);
  }

  std::vector<float> Moved(std::vector<float>& from) const {
    std::vector<std::pair<int, int>> line;
    const double angle = camera_.motion_direction * kDegree;
    for (double at = -camera_.motion / 2; at <= camera_.motion / 2; at += 0.5)
      line.emplace_back(static_cast<int>(std::lround(at * std::cos(angle))),
                        static_cast<int>(std::lround(at * std::sin(angle))));
    return Averaged(from, line);
  }

  static constexpr double kDegree = 3.14159265358979323846 / 180;
  std::vector<Placed> symbols_;
  Camera camera_;
  std::mt19937 random_;
  std::vector<Fixed> fixed_;
  std::vector<Spot> spots_;
};

}  // namespace cityid::simulated

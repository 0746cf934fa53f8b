// Where on a page a stamp goes: where somebody says, or where it covers nothing.
#pragma once

#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/stamp/stamp.h"

namespace cityid::cli {

/// A place as --at says it.
struct StampAt {
  enum class Kind { kAuto, kTopLeft, kTopRight, kBottomLeft, kBottomRight, kPoint };
  Kind kind = Kind::kAuto;
  double x_mm = 0, y_mm = 0;  ///< of `kPoint`: the stamp's upper left corner, from the page's

  /// Parses "auto", "top-left" ..., or "X,Y" in millimetres. Errors: kUsage.
  static Result<StampAt> Parse(const std::string& text);
};

/// Where a stamp was put.
struct StampPlace {
  double x_mm = 0, y_mm = 0;  ///< its upper left corner, from the page's
  int covered = 0;  ///< so much of it, in percent, covers something; at least 1 if any does
};

/// So far from the edges of the page a stamp in a corner is, unless the page is too small.
inline constexpr double kStampMargin = 8;

/// Returns the place in a corner of a page, or at a point. Errors: kUsage if the stamp is not on
/// the page then.
Result<StampPlace> PlaceAt(const StampAt& at, const PdfLook& page, const StampSize& stamp);

/// Returns how much of a stamp at a place covers something, in percent; at least 1 if any does. The
/// picture is that of `PlaceFreely`. Errors: kMalformed for what is no such picture.
Result<int> CoveredAt(const StampPlace& place, ByteView picture, const PdfLook& page,
                      const StampSize& stamp);

/// Chooses a place: the corner with the most room around the stamp, else any place where it covers
/// nothing, else where it covers least. `picture`: the page as a PGM file. What has the most
/// frequent of its light greys counts as empty, or of all if hardly anything is light. Errors:
/// kUsage for a page that is too small; kMalformed for what is no such picture.
Result<StampPlace> PlaceFreely(ByteView picture, const PdfLook& page, const StampSize& stamp);

}  // namespace cityid::cli

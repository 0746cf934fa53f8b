// What reading a picture gives: the symbols in it, where they are, and what was not read. Pictures
// are read by the program `cityid-reader` (codec/picture/readers.h); nothing here decodes anything.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"

namespace cityid {

/// The largest file of a picture that is read.
inline constexpr std::size_t kMaxPictureFile = std::size_t{64} << 20;

/// A place in a picture, in pixels from its top left corner, as the picture is shown (turned as
/// EXIF says). It may lie a little outside the picture.
struct PicturePoint {
  std::int32_t x = 0;
  std::int32_t y = 0;

  friend bool operator==(const PicturePoint&, const PicturePoint&) = default;
};

/// The corners of a symbol or of a region, one after the other around it.
using PictureCorners = std::array<PicturePoint, 4>;

/// The values are those of the protocol (codec/picture/frames.h).
enum class SymbolFormat : std::uint8_t { kQrCode = 1, kDataMatrix = 2, kAztec = 3 };

/// Returns "QR code", "Data Matrix" or "Aztec".
std::string_view Name(SymbolFormat format);

/// One symbol that was read.
struct PictureSymbol {
  SymbolFormat format = SymbolFormat::kQrCode;
  Bytes content;  ///< the raw bytes of the symbol, no character set applied
  PictureCorners corners{};

  friend bool operator==(const PictureSymbol&, const PictureSymbol&) = default;
};

/// Why the symbols that were found may not be all. The values are those of the protocol.
enum class PictureTrouble : std::uint8_t {
  kCutOff = 1,  ///< the file ends too early, or is damaged; the pixels before that were read
  kTooManySymbols = 2,   ///< more than `kMaxPictureSymbols`
  kTooManyPatterns = 3,  ///< more finder patterns of QR codes than are looked at
  kNotAllTried = 4,  ///< too little was found, and the budget was spent, or a library broke down
  kMoreFrames = 5,   ///< a moving picture, of which the first frame alone was read
  kTooLong = 6,      ///< the reader was stopped at its limit of time
  kReaderDied = 7,   ///< the reader ended before it was done, twice
};

/// The most symbols and the most unread regions that one picture has in a result.
inline constexpr std::size_t kMaxPictureSymbols = 256;
inline constexpr std::size_t kMaxPictureRegions = 64;

/// What was found in a picture. Nothing is verified.
struct PictureResult {
  int width = 0;    ///< pixels, as the picture is shown
  int height = 0;   ///< pixels
  int reduced = 1;  ///< every side was read at this fraction of its size: 1, 2, 4 or 8
  std::vector<PictureSymbol> symbols;
  std::vector<PictureCorners> unread;  ///< what looks like a QR code and was not read
  std::vector<PictureTrouble> troubles;

  /// Returns true if nothing is known of that was not read.
  bool complete() const { return unread.empty() && troubles.empty(); }
};

/// Returns one line for people that says what is missing; empty for a complete result.
std::string WhyIncomplete(const PictureResult& result);

/// Returns true if a symbol's content is a code of CityID, or means to be one, so that it must be
/// judged: it begins as COSE_Sign1 with tag 18 does, or it is an http or https URL whose path
/// begins with an identifier, or whose host is one of `hosts`, or any text with an identifier and
/// 100 digits as parts of a path. Everything else is foreign.
bool IsCityContent(ByteView content, const std::vector<std::string>& hosts);

/// Returns the beginning of a symbol's content for people, without what plays tricks on a terminal
/// (`Printable`), and with "... (shortened)" if it is long; "N bytes, not text" if it is none.
std::string ShortContent(ByteView content);

/// Adds a symbol, unless the same is there already: the same content at the same place, or another
/// reading of the same QR code, if neither is a code of CityID (readers convert text of other
/// character sets). Returns true if it was added.
bool AddSymbol(std::vector<PictureSymbol>& symbols, PictureSymbol symbol,
               const std::vector<std::string>& hosts);

/// Returns true if a point lies in a quadrilateral that is enlarged by `margin` (0.2: a fifth of
/// its size on each side).
bool Covers(const PictureCorners& corners, PicturePoint point, double margin);

}  // namespace cityid

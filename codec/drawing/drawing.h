// What is asked of `cityid-print`, the program that draws with fonts, and what it answers.
//
// Both ways, a message is a frame: its length in 4 bytes, the most significant first, then so many
// bytes, which are one item of deterministic CBOR:
//
//   asked     [symbology, content, format, nanometres a module, nanometres of the width,
//              pixels a module, [[role, language, text] ...]]
//             one of the two sizes is 0: then the other one counts
//             content: of a QR code its modules, row by row, 8 to a byte and the last byte filled
//             with zeros; else the bytes that the symbol is to hold
//             of a label, the width and the height are those of the label, the height is an eighth
//             part, and a module of 0 nanometres is as large as it can be
//   answered  [0, file, [place of a text that was left out ...]], or [1, what was wrong]
//
// There is one answer to each question, in order, until the input ends.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/symbol/matrix.h"

namespace cityid {

enum class Symbology : std::uint8_t { kQr, kDataMatrix, kAztec };
/// `kLabel` is a part of a page of a PDF: label.h.
enum class DrawingFormat : std::uint8_t { kSvg, kPng, kPdf, kLabel };

/// What a text of a caption is, which says how it looks and whether it may be shortened.
enum class CaptionRole : std::uint8_t {
  kIdentifier,  ///< whole, on as many lines as it takes
  kHost,        ///< whole, larger
  kName,        ///< beside other names if there is room, and shortened if it is long
  kLine,        ///< a line of its own, shortened if it is long
};

struct CaptionText {
  CaptionRole role = CaptionRole::kLine;
  std::string language;  ///< BCP 47, or empty: chooses between forms of a character
  std::string text;
};

/// A symbol of a symbology that `cityid-print` encodes.
struct SymbolContent {
  Symbology symbology = Symbology::kDataMatrix;
  Bytes bytes;
};

/// A drawing of one symbol, and what stands below it.
struct Drawing {
  std::variant<ModuleMatrix, SymbolContent> symbol;
  DrawingFormat format = DrawingFormat::kSvg;
  double module_mm = 0;  ///< above 0, at most 20; or 0: `width_mm` says it
  int scale = 1;         ///< pixels a module of a PNG, 1 to 64
  std::vector<CaptionText> caption;
  double width_mm = 0;  ///< of the symbol with its quiet zone, if it isn't 0; of a label
  /// Of a label, 0 for anything else. A label's `module_mm` is the most; 0: as large as there is
  /// room.
  double height_mm = 0;
};

/// Bounds of the parts; what is larger is no message.
inline constexpr std::size_t kMaxDrawingMessage = std::size_t{64} << 10;
inline constexpr std::size_t kMaxDrawnMessage = std::size_t{32} << 20;
inline constexpr int kMaxModules = 177;  ///< a side, of QR version 40
inline constexpr std::size_t kMaxDrawnContent = 1024;
inline constexpr std::size_t kMaxCaptionTexts = 12;
inline constexpr std::size_t kMaxCaptionText = 512;  ///< bytes
inline constexpr std::size_t kMaxLanguageTag = 35;
inline constexpr double kMaxLabelMillimetres = 2000;  ///< a side

/// Returns `text` as a caption may have it: what isn't printable replaced as `Printable` does, in
/// one line, and a text of more than `kMaxCaptionText` bytes cut to half of that, with an ellipsis.
std::string CaptionTextOf(std::string_view text);

/// Writes a question. Every text must be one that `CaptionTextOf` gave, within the bounds.
Bytes WriteDrawing(const Drawing& drawing);
/// Reads a question strictly. Errors: kMalformed for another form; kUsage for a size out of range.
Result<Drawing> ParseDrawing(ByteView message);

/// A file that was drawn.
struct DrawnFile {
  Bytes content;
  std::vector<std::size_t> left_out;  ///< places of texts that no font here can show, ascending
};

/// Writes an answer.
Bytes WriteDrawn(const Result<DrawnFile>& drawn);
/// Reads an answer strictly. `texts`: how many the caption has that was asked for. Errors: kUsage
/// with what the program said was wrong with the question; kMalformed for what is no answer to it.
Result<DrawnFile> ParseDrawn(ByteView message, std::size_t texts);

}  // namespace cityid

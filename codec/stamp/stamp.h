// What is asked of `cityid-pdf`, the program that knows PDF, and what it answers; and how large a
// stamp is. A stamp is what sealing puts on a page (docs/document-seal.md): a white rectangle, in
// it the symbol with its quiet zone, and the caption below.
//
// First comes the file, as 8 bytes that say its length, the most significant first, and so many
// bytes. Everything else, both ways, is a frame: 4 bytes of length, then so many bytes, which are
// one item of deterministic CBOR:
//
//   opened    [0], or an error
//   asked     [0, page]
//          or [1, page, x, y, modules, module, [line ...], length of the region]
//   answered  [0, pages, page, width, height, [[kind, what] ...], [[x, y, width, height] ...]]
//          or [0, before, after]
//          or an error
//   error     [1, kind, what is wrong]
//
// Lengths on paper are nanometres. There is one answer to the file, and one to each question, in
// order, until the input ends; after an error over the file there is nothing more.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/seal/seal.h"

namespace cityid {

/// Something in a PDF that makes a stamp worth less. Only the person who seals can decide about it.
struct PdfConcern {
  enum class Kind : std::uint8_t {
    kSigned,   ///< a digital signature: viewers object to a page that changed after it
    kScripts,  ///< scripts, and actions that run by themselves
    kLayers,   ///< layers that a viewer shows or hides by itself: on screen, on paper, by zoom
    kOutside,  ///< content from other files, and media that are played
  };
  Kind kind = Kind::kSigned;
  std::string what;  ///< for people, in ASCII: "a form field has a digital signature"
};

/// A rectangle on a page, from its upper left corner as it is shown.
struct PagePart {
  double x_mm = 0, y_mm = 0, width_mm = 0, height_mm = 0;
};

/// What a PDF is like, and one page of it.
struct PdfLook {
  int pages = 0;
  int page = 0;  ///< the number of the page that was looked at, from 1
  /// The page as it is shown: its crop box inside its media box, turned, in its user units.
  double width_mm = 0;
  double height_mm = 0;
  /// At most one of each kind, in the order of the kinds. They are about the whole file.
  std::vector<PdfConcern> concerns;
  /// Where viewers draw annotations and form fields over the page, also if nothing is seen there
  /// now: no stamp can be put there. At most `kMaxTaken`.
  std::vector<PagePart> taken = {};
};

/// Which stamp to put where.
struct StampAsked {
  int page = -1;  ///< from 1; -1 is the last one
  /// The stamp's upper left corner, from the upper left corner of the page as it is shown.
  double x_mm = 0;
  double y_mm = 0;
  int modules = 0;       ///< a side of the symbol, without quiet zone: 21 to 177, in steps of 4
  double module_mm = 0;  ///< above 0, at most 20
  /// Texts below the symbol, as identifier and host: printable ASCII, none empty. One that is wider
  /// than the symbol goes on in a line below.
  std::vector<std::string> caption;
  std::size_t region = 0;  ///< length of the region in bytes, 1 to `kMaxSealRegion`
};

/// The update that puts a stamp on a page, without the region: the sealed file is the original,
/// `before`, the region, `after`. `before` ends with the marker (docs/document-seal.md 1.1).
struct Stamp {
  Bytes before;
  Bytes after;
};

/// Bounds of the parts.
inline constexpr std::uint64_t kMaxPdf = std::uint64_t{1} << 30;
inline constexpr std::size_t kMaxStampQuestion = std::size_t{16} << 10;
inline constexpr std::size_t kMaxStampAnswer = std::size_t{4} << 20;
inline constexpr std::size_t kMaxStampLines = 8;
inline constexpr std::size_t kMaxStampLine = 300;  ///< characters
inline constexpr std::size_t kMaxTaken = 1000;

/// How wide the quiet zone is, in modules.
inline constexpr int kStampQuietZone = 4;

/// The size of a stamp with all that belongs to it.
struct StampSize {
  double width_mm = 0;
  double height_mm = 0;
};

/// Returns the size of the stamp that would be made. Place, page and region don't matter. Errors:
/// kUsage for modules, a module's size, or a caption out of range.
Result<StampSize> SizeOfStamp(const StampAsked& stamp);

/// A question: a page to look at, or a stamp to make.
struct LookAsked {
  int page = -1;  ///< from 1; -1 is the last one
};
using StampQuestion = std::variant<LookAsked, StampAsked>;

/// Writes a question.
Bytes WriteStampQuestion(const StampQuestion& question);
/// Reads a question strictly. Errors: kMalformed for another form; kUsage as `SizeOfStamp`.
Result<StampQuestion> ParseStampQuestion(ByteView message);

/// Write an answer.
Bytes WriteOpened(const Result<void>& opened);
Bytes WriteLook(const Result<PdfLook>& look);
Bytes WriteStamp(const Result<Stamp>& stamp);
/// Read an answer strictly. Errors: what the program said, with its kind, which is kUsage (the
/// question), kRefused (a file that can't be sealed, with what to do), kMalformed (no PDF, or a
/// damaged one) or kTooLarge; kCorrupt for what is no answer.
Result<void> ParseOpened(ByteView message);
Result<PdfLook> ParseLook(ByteView message);
Result<Stamp> ParseStamp(ByteView message);

}  // namespace cityid

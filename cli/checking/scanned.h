// What the command line is given to scan: a picture, a PDF, a file with a code, or a code as text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/picture/picture.h"
#include "codec/picture/readers.h"
#include "codec/result.h"
#include "codec/seal/seal.h"

namespace cityid::cli {

/// One thing that was read.
struct ScannedItem {
  Bytes content;
  int page = 0;                         ///< of a PDF, from 1; 0 for anything else
  std::optional<PictureSymbol> symbol;  ///< where it was, if it was in a picture
};

/// A region that looks like a symbol and was not read.
struct UnreadPart {
  int page = 0;  ///< as in `ScannedItem`
  PictureCorners corners{};
};

/// Everything in one input.
struct ScannedContents {
  std::vector<ScannedItem> items;
  std::vector<UnreadPart> unread;
  std::vector<std::string> incomplete;  ///< one line each: what may be missing
  bool picture = false;                 ///< true for a picture or a PDF
  int reduced = 1;                      ///< as in `PictureResult`
  FoundSeals seals;                     ///< of a PDF
};

/// Starts so many processes that read pictures. To be called before other threads run. Errors:
/// kNotFound if their program isn't installed; those of `PictureReaders`.
Result<std::unique_ptr<PictureReaders>> StartPictureReaders(std::size_t count);

/// Reads pictures. The process that does it is started for the first one.
class PictureSource {
 public:
  /// Errors: those of `PictureReaders`.
  Result<PictureResult> Read(ByteView file);

 private:
  std::unique_ptr<PictureReaders> readers_;
};

/// Returns what is in a picture or on the pages of a PDF, the URL or the COSE bytes in any other
/// file, or `input` itself if it is a URL. Errors: kNotFound; kIo; kTooLarge; kMalformed for a
/// damaged picture; kUnsupported.
Result<ScannedContents> ContentsOf(const std::string& input, PictureSource& pictures);

/// Returns the line for a picture whose symbols are all foreign.
std::string NoCityCode(const std::string& input);

/// Returns the line for a picture without a symbol.
std::string NoSymbol(const std::string& input, const ScannedContents& contents);

/// Returns true if a thing that was read must be judged: it was not in a picture, or it is a code
/// of CityID (`IsCityContent`).
bool IsToBeJudged(const ScannedItem& item, const std::vector<std::string>& hosts);

/// Returns the line about a symbol that is not of CityID: "another QR code: ...", shortened.
std::string ForeignText(const ScannedItem& item);

/// Returns lines of JSON about what in an input is no code of CityID: `foreign`, `unread` and
/// `incomplete`, each an object with `file`.
std::string ForeignJson(const std::string& input, const ScannedItem& item);
std::string IncompleteJson(const std::string& input, const ScannedContents& contents);

}  // namespace cityid::cli

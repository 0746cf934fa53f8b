// The pages of a PDF as pictures, by `pdftoppm` of poppler-utils: a program of its own, with
// limits, because a PDF is more than a picture. Only for files that somebody names on the command
// line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

/// The most pages that are read.
inline constexpr int kMaxPdfPages = 20;

/// The pages of a PDF.
struct PdfPages {
  std::vector<Bytes> pages;  ///< each a PGM file
  bool more = false;         ///< there are more than `kMaxPdfPages`
  bool coarse = false;       ///< drawn small, because some are too large: what is small isn't seen
  bool broken = false;       ///< drawing ended before the end: it failed, or took too long
};

/// Draws the pages of a PDF, for at most 20 seconds of processor time, and a minute in all; once
/// more, with the same limits, if they must be drawn coarsely. Errors:
/// kIo if there is no pdftoppm; kMalformed if it draws no page.
Result<PdfPages> DrawPages(ByteView pdf);

/// Draws one page of a PDF file, counted from 1, as a PGM file of so many pixels an inch, with the
/// same limits. Thread-safe. Errors: the same.
Result<Bytes> DrawPage(const std::filesystem::path& pdf, std::uint64_t page, int dpi);

/// Draws one page of a PDF file, counted from 1, as viewers show it: what its crop box has, so many
/// pixels on the longer side. The same limits and errors.
Result<Bytes> DrawShownPage(const std::filesystem::path& pdf, std::uint64_t page, int side);

}  // namespace cityid::cli

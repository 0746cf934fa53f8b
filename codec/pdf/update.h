// The incremental update (ISO 32000-2, 7.5.6) that puts a stamp on a page.
#pragma once

#include "codec/pdf/page_tree.h"
#include "codec/pdf/pdf_file.h"

namespace cityid {

/// Makes the update: three objects (the page again; a stream before its content, which saves the
/// state; the stamp, after it), and cross-references of the kind that the file has last. Errors:
/// kUsage, kMalformed, kRefused, kTooLarge as `PdfStamper::MakeStamp`. May throw as qpdf does.
Result<Stamp> MakeUpdate(const PdfFile& file, const PageTree& tree, const StampAsked& stamp);

}  // namespace cityid

// What in a PDF makes a stamp worth less, or impossible.
#pragma once

#include <qpdf/QPDF.hh>
#include <vector>

#include "codec/stamp/stamp.h"

namespace cityid {

/// Looks at every object of a file that `qpdf` has open. What no page leads to counts, too. Errors:
/// kMalformed and kTooLarge for objects that can't be read; kRefused for XFA. May throw as qpdf
/// does.
Result<std::vector<PdfConcern>> FindConcerns(QPDF& qpdf, ByteView file);

}  // namespace cityid

// What in a PDF makes a stamp worth less, or impossible.
#pragma once

#include <qpdf/QPDF.hh>
#include <vector>

#include "codec/stamp/stamp.h"

namespace cityid {

/// Looks at every object of a file. What no page leads to counts, too. Errors: kRefused for XFA;
/// may throw as qpdf does. What qpdf warns of meanwhile is the caller's to ask for.
Result<std::vector<PdfConcern>> FindConcerns(QPDF& qpdf);

}  // namespace cityid

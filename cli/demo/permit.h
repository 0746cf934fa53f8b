// An example of a document to seal: assets/permit.pdf.
#pragma once

#include "codec/bytes.h"

namespace cityid::cli {

/// Returns the file, which the program carries.
ByteView PermitPdf();

}  // namespace cityid::cli

// What the command line is given to scan: an image, a file with a code, or a code as text.
#pragma once

#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

/// Returns the contents of every symbol in an image file, the URL or the COSE bytes in any other
/// file, or `input` itself if it is a URL. The list is empty for an image without a symbol. Errors:
/// kNotFound; kIo; kTooLarge; kMalformed for a damaged image.
Result<std::vector<Bytes>> ContentsOf(const std::string& input);

/// Returns the error for an image without a symbol.
Error NoSymbol(const std::string& input);

}  // namespace cityid::cli

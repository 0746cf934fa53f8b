// What the command line is given to scan: an image, a file with a code, or a code as text.
#pragma once

#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_code.h"
#include "codec/result.h"

namespace cityid::cli {

/// The contents of every symbol in an image file, of a file with a URL or COSE bytes, or `input`
/// itself if it is a URL. Empty for an image without a symbol. Errors: kNotFound, kIo, kTooLarge,
/// kMalformed (a damaged image).
Result<std::vector<Bytes>> ContentsOf(const std::string& input);

/// The claims of a code that was not verified, as JSON.
std::string ClaimsJson(const ScannedCode& scanned);

/// Says that the image has no symbol.
Error NoSymbol(const std::string& input);

}  // namespace cityid::cli

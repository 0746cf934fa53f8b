// The content coding gzip (RFC 1952).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "codec/result.h"

namespace cityid {

/// Compresses, as fast as zlib can.
std::string Gzip(std::string_view plain);

/// Returns what one gzip member holds. Errors: kTooLarge if that is over `limit` bytes; kMalformed
/// if the member is damaged or cut short, or if anything follows it.
Result<std::string> Gunzip(std::string_view gzip, std::size_t limit);

}  // namespace cityid

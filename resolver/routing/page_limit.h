// The length of a page of a list.
#pragma once

#include <cstddef>
#include <string_view>

#include "codec/result.h"

namespace cityid {

inline constexpr std::size_t kMaxPage = 100;  ///< items

/// Reads `limit` from a query: 1 to `kMaxPage`, `usual` if it is not there. Errors: kMalformed.
Result<std::size_t> PageLimit(std::string_view query, std::size_t usual = 20);

}  // namespace cityid

// What a request says in its query or in a form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "codec/result.h"

namespace cityid {

/// The first field of this name in a query or form (application/x-www-form-urlencoded), decoded;
/// nothing if it is not there. Errors: kMalformed for a wrong escape, a control character or what
/// is not UTF-8; kTooLarge over `most` bytes.
Result<std::optional<std::string>> FormField(std::string_view form, std::string_view name,
                                             std::size_t most = 512);

/// A segment of a path, decoded. Errors: as `FormField`.
Result<std::string> PathText(std::string_view segment, std::size_t most);

/// `?limit=`: 1 to 100, `usual` if it is not there. Errors: kMalformed.
Result<std::size_t> PageLimit(std::string_view query, std::size_t usual = 20);

/// Text as it may stand in a query.
std::string EncodeField(std::string_view text);

/// This target with another value of a field, percent-encoded wherever a header or a page would
/// need it.
std::string WithField(std::string_view target, std::string_view name, std::string_view value);

}  // namespace cityid

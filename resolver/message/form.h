// Queries and forms (application/x-www-form-urlencoded, and percent-encoding of RFC 3986 2.1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "codec/result.h"

namespace cityid {

/// Returns the first field of this name in a query or a form, still percent-encoded; nothing if
/// there is none.
std::optional<std::string_view> RawField(std::string_view form, std::string_view name);

/// Returns the first field of this name in a query or a form, decoded; nothing if there is none.
/// `most`: bytes after decoding. Errors: kMalformed for a wrong escape, a control character or what
/// is not UTF-8; kTooLarge.
Result<std::optional<std::string>> FormField(std::string_view form, std::string_view name,
                                             std::size_t most = 512);

/// Decodes a segment of a path. Errors: as `FormField`.
Result<std::string> PathText(std::string_view segment, std::size_t most);

/// Undoes the percent-encoding of the characters that need none: letters, digits and "-._~" (RFC
/// 3986, 2.3).
std::string DecodeUnreserved(std::string_view text);

/// Returns `text` as it may stand in a query.
std::string EncodeField(std::string_view text);

/// Returns a path or a query with what must not stand in a header or a page percent-encoded.
std::string EncodeTarget(std::string_view text);

/// Returns `target` (path and query) with another value of one field of the query. What must not
/// stand in a header or a page is percent-encoded.
std::string WithField(std::string_view target, std::string_view name, std::string_view value);

}  // namespace cityid

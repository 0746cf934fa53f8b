// Content negotiation (RFC 9110, 12.5): which media type and which content
// coding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cityid {

/// Returns the quality, in thousandths, that an `Accept` field gives to `type` ("text/html"). The
/// most specific range counts; a range with parameters that we don't know counts less than the same
/// range without, and excludes nothing. An empty field accepts everything.
int AcceptQuality(std::string_view accept, std::string_view type);

/// Returns the index of the offered type with the highest quality, the first of several. Nothing if
/// the client accepts none. An empty type is not offered.
std::optional<std::size_t> ChooseType(std::string_view accept,
                                      std::span<const std::string_view> offered);

/// Returns true if an `Accept-Encoding` field allows gzip. An empty field doesn't.
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace cityid

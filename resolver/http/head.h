// Checks of the raw bytes of a request head, before any parser sees them (RFC 9112).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace cityid {

/// Why a head is refused.
struct HeadProblem {
  int status;
  const char* reason;
};

/// Checks a head, from the request line to the empty line and its CRLF. Returns nothing if it may
/// be parsed. Else returns
/// - 400 for everything that parsers disagree about: a bare CR or LF, NUL and other control
///   characters, a folded line, a blank before a colon, more than one Content-Length or one that is
///   not a number, Content-Length together with Transfer-Encoding, a transfer coding other than
///   chunked;
/// - 431 for more than `max_fields` fields;
/// - 414 for a request line of more than `max_line` bytes;
/// - 415 for a body with a Content-Encoding.
std::optional<HeadProblem> CheckRequestHead(std::string_view head, std::size_t max_fields = 64,
                                            std::size_t max_line = 4096);

}  // namespace cityid

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
///   not a number, Content-Length together with Transfer-Encoding, more than one Transfer-Encoding,
///   and a list of codings that is malformed or has "chunked" anywhere but once at its end;
/// - 431 for more than `max_fields` fields;
/// - 414 for a request line of more than `max_line` bytes;
/// - 415 for a body with a Content-Encoding;
/// - 501 for a transfer coding other than chunked;
/// - 505 for a version of HTTP other than 1.0 and 1.1.
std::optional<HeadProblem> CheckRequestHead(std::string_view head, std::size_t max_fields = 64,
                                            std::size_t max_line = 4096);

/// Returns what is wrong with the shape of a field's line, without its CRLF; null if nothing is.
const char* WrongWithField(std::string_view line);

/// Returns true if the text has a control character other than a tab.
bool HasControlCharacter(std::string_view text);

/// Returns true for a value of `Host`: a name or an IP address (in brackets if it is one of IPv6),
/// perhaps with a port (RFC 9110, 7.2). A name has letters, digits, dots, hyphens and underscores.
bool IsHostAndPort(std::string_view text);

}  // namespace cityid

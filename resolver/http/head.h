// What the raw bytes of a request head must look like before they are parsed (RFC 9112).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace cityid {

/// Why a head is not taken.
struct HeadProblem {
  int status;
  const char* reason;
};

/// Nothing if `head` (from the request line to the empty line, CRLF CRLF included) may be parsed,
/// else why not. 400 for what parsers disagree about: bare CR or LF, NUL and other control
/// characters, folded lines, blanks before a colon, more than one Content-Length, and
/// Content-Length together with Transfer-Encoding; transfer codings other than chunked; lengths
/// that are not one number. 431 for more than `max_fields` fields, 414 for a request line with more
/// than `max_line` bytes, 415 for a body with a Content-Encoding.
std::optional<HeadProblem> CheckRequestHead(std::string_view head, std::size_t max_fields = 64,
                                            std::size_t max_line = 4096);

}  // namespace cityid

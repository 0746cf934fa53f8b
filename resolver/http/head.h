// What the raw bytes of a request head must look like before they are parsed (RFC 9112).
#pragma once

#include <string_view>

namespace cityid {

/// Nothing if `head` (from the request line to the empty line, CRLF CRLF included) may be parsed,
/// else why not. Refuses what parsers disagree about: bare CR or LF, NUL and other control
/// characters, folded lines, blanks before a colon, more than one Content-Length, and
/// Content-Length together with Transfer-Encoding; transfer codings other than chunked; lengths
/// that are not one number; and more than 64 fields.
const char* CheckRequestHead(std::string_view head);

}  // namespace cityid

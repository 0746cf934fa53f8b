#include "resolver/http/head.h"

#include <algorithm>
#include <cstddef>

#include "codec/text.h"
#include "resolver/http/message.h"

namespace cityid {
namespace {

bool IsNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<HeadProblem> CheckRequestHead(std::string_view head, std::size_t max_fields,
                                            std::size_t max_line) {
  const auto bad = [](const char* reason) { return HeadProblem{400, reason}; };
  bool request_line = true;
  std::size_t fields = 0;
  int lengths = 0;
  bool encoded = false;
  while (true) {
    const std::size_t end = head.find('\r');
    if (end == std::string_view::npos || end + 1 >= head.size() || head[end + 1] != '\n') {
      return bad("a line does not end with CRLF");
    }
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.empty() && request_line) return bad("no request line");
    if (line.empty()) return std::nullopt;
    if (std::ranges::any_of(line, [](char c) {
          const auto u = static_cast<unsigned char>(c);
          return (u < 0x20 && c != '\t') || u == 0x7F;
        })) {
      return bad("a control character in the head");
    }
    if (request_line) {
      if (line.size() > max_line) return HeadProblem{414, "the address asked for is too long"};
      request_line = false;
      continue;
    }
    if (line[0] == ' ' || line[0] == '\t') return bad("a folded header field");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return bad("a header field without a name");
    const std::string_view name = line.substr(0, colon);
    if (name.find_first_of(" \t") != std::string_view::npos) return bad("a blank in a field name");
    if (++fields > max_fields) return HeadProblem{431, "too many header fields"};
    const std::string_view value = Trim(line.substr(colon + 1));
    if (EqualIgnoringCase(name, "content-length")) {
      if (!IsNumber(value)) return bad("a content length that is no number");
      ++lengths;
    }
    if (EqualIgnoringCase(name, "transfer-encoding")) {
      if (encoded || !EqualIgnoringCase(value, "chunked"))
        return bad("a transfer coding other than chunked");
      encoded = true;
    }
    if (EqualIgnoringCase(name, "content-encoding") && !EqualIgnoringCase(value, "identity"))
      return HeadProblem{415, "the body of a request must not be compressed"};
    if (lengths > 1 || (lengths == 1 && encoded)) return bad("the length of the body is ambiguous");
  }
}

}  // namespace cityid

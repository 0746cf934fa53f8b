#include "resolver/message/head.h"

#include <algorithm>
#include <cstddef>

#include "codec/text.h"
#include "resolver/message/message.h"

namespace cityid {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNumber(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

/// Returns 0 if a Transfer-Encoding is "chunked", else the status that refuses it.
int StatusOfCoding(std::string_view value) {
  if (EqualIgnoringCase(value, "chunked")) return 0;
  bool chunked = false;
  do {
    const std::string_view coding = Trim(TakeUntil(value, ','));
    if (!IsMadeOf(coding, "-_") || chunked) return 400;
    chunked = EqualIgnoringCase(coding, "chunked");
  } while (!value.empty());
  return 501;
}

/// Returns the status that refuses a request line's version; 0 if it is 1.0 or 1.1, or if the line
/// has no version, which the parser sees.
int StatusOfVersion(std::string_view line) {
  constexpr std::string_view kProtocol = "HTTP/";
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  const bool shaped = version.size() == kProtocol.size() + 3 && version.starts_with(kProtocol) &&
                      IsDigit(version[5]) && version[6] == '.' && IsDigit(version[7]);
  return shaped && version != "HTTP/1.1" && version != "HTTP/1.0" ? 505 : 0;
}

/// What the fields of a head say of its body.
class BodyFields {
 public:
  std::optional<HeadProblem> Add(std::string_view name, std::string_view value) {
    if (EqualIgnoringCase(name, "content-length")) {
      if (!IsNumber(value)) return HeadProblem{400, "a content length that is no number"};
      ++lengths_;
    }
    if (EqualIgnoringCase(name, "transfer-encoding")) {
      const int status = StatusOfCoding(value);
      if (encoded_ || status == 400) return HeadProblem{400, "a malformed transfer coding"};
      encoded_ = true;
      unknown_ = status != 0;
    }
    if (EqualIgnoringCase(name, "content-encoding") && !EqualIgnoringCase(value, "identity"))
      return HeadProblem{415, "the body of a request must not be compressed"};
    if (lengths_ > 1 || (lengths_ == 1 && encoded_))
      return HeadProblem{400, "the length of the body is ambiguous"};
    return std::nullopt;
  }
  /// Returns the verdict on all fields.
  std::optional<HeadProblem> Finish() const {
    if (unknown_) return HeadProblem{501, "a transfer coding other than chunked"};
    return std::nullopt;
  }

 private:
  int lengths_ = 0;
  bool encoded_ = false;
  bool unknown_ = false;  ///< has a coding that we don't know
};

}  // namespace

bool HasControlCharacter(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && c != '\t') || u == 0x7F;
  });
}

const char* WrongWithField(std::string_view line) {
  if (HasControlCharacter(line)) return "a control character in the head";
  if (line.starts_with(' ') || line.starts_with('\t')) return "a folded header field";
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return "a header field without a name";
  const bool blank = line.substr(0, colon).find_first_of(" \t") != std::string_view::npos;
  return blank ? "a blank in a field name" : nullptr;
}

bool IsHostAndPort(std::string_view text) {
  constexpr std::size_t kMaxHost = 255;
  constexpr std::size_t kMaxPort = 5;  // digits
  std::string_view host = text.substr(0, text.find(':'));
  bool is_host = false;
  if (text.starts_with('[')) {
    host = text.substr(0, text.find(']') + 1);
    is_host = host.size() > 3 && host.find(':') != std::string_view::npos &&
              std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
                return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
                       c == '.';
              });
  } else {
    is_host = IsMadeOf(host, ".-_");
  }
  const std::string_view port = text.substr(host.size());
  return is_host && host.size() <= kMaxHost &&
         (port.empty() || (port[0] == ':' && port.size() <= 1 + kMaxPort &&
                           std::ranges::all_of(port.substr(1), IsDigit)));
}

std::optional<HeadProblem> CheckRequestHead(std::string_view head, std::size_t max_fields,
                                            std::size_t max_line) {
  const auto bad = [](const char* reason) { return HeadProblem{400, reason}; };
  bool request_line = true;
  std::size_t fields = 0;
  BodyFields body;
  while (true) {
    const std::size_t end = head.find('\r');
    if (end == std::string_view::npos || end + 1 >= head.size() || head[end + 1] != '\n') {
      return bad("a line does not end with CRLF");
    }
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.empty() && request_line) return bad("no request line");
    if (line.empty()) return body.Finish();
    if (request_line) {
      if (HasControlCharacter(line)) return bad("a control character in the head");
      if (line.size() > max_line) return HeadProblem{414, "the address asked for is too long"};
      if (const int status = StatusOfVersion(line); status != 0)
        return HeadProblem{status, "this server speaks HTTP/1.0 and HTTP/1.1"};
      request_line = false;
      continue;
    }
    if (const char* wrong = WrongWithField(line)) return bad(wrong);
    if (++fields > max_fields) return HeadProblem{431, "too many header fields"};
    const std::size_t colon = line.find(':');
    if (auto problem = body.Add(line.substr(0, colon), Trim(line.substr(colon + 1))))
      return problem;
  }
}

}  // namespace cityid

// Requests and responses between the listener and the route table; no HTTP library in sight.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cityid {

/// A request whose head was checked. Views are valid while it is handled.
struct Request {
  std::string_view method;  ///< as sent, "GET"
  std::string_view target;  ///< origin form, "/MA.156.1301?lang=zh"
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  std::string_view peer;  ///< the client's address as text, from the socket, never from a header

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  }
  /// The value of the first field of this name (lower case), or nothing.
  std::string_view header(std::string_view name) const;
  /// The raw value of the first query parameter of this name, or nothing.
  std::string_view parameter(std::string_view name) const;
};

/// `Content-Length`, `Date` and `Connection` are the listener's to add.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string file = {};  ///< if not empty, the body is this file's content, sent piece by piece
};

/// "Not Found": the reason phrase of RFC 9110 for a status that we send.
std::string_view ReasonPhrase(int status);

/// Text as it may stand between the quotes of a JSON string; what is not UTF-8 is replaced.
std::string JsonEscape(std::string_view text);

/// A problem document (RFC 9457) for what goes wrong before anything is resolved. `detail` must be
/// fit for a JSON string.
Response Problem(int status, std::string_view detail);

}  // namespace cityid

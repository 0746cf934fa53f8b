// Requests and responses between the listener and the route table; no HTTP library in sight.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
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
  /// The client's address as text: from the socket, or from a proxy that the operator listed.
  std::string_view peer;
  std::uint64_t client = 0;  ///< the same as limits see it (`Client`)
  bool limited = false;      ///< whether limits apply to it; never to who is exempt

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  }
  /// The value of the first field of this name (lower case), or nothing.
  std::string_view header(std::string_view name) const;
  /// The values of all fields of this name (lower case), which is a list (RFC 9110, 5.3).
  std::string list(std::string_view name) const;
  /// The raw value of the first query parameter of this name, or nothing.
  std::string_view parameter(std::string_view name) const;
};

/// Header fields as they go out. Control characters in a value are replaced by '?', so that no
/// value can end its line.
class ResponseFields {
 public:
  using Field = std::pair<std::string_view, std::string_view>;
  ResponseFields() = default;
  ResponseFields(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields) Add(name, value);
  }
  void Add(std::string_view name, std::string_view value);
  /// Adds fields that are written already, each a line with CRLF.
  void AddLines(std::string_view lines) { text_ += lines; }
  /// The value of the first of this name, as it was added; empty if there is none.
  std::string_view Find(std::string_view name) const;
  std::vector<Field> list() const;
  /// "Name: value" and the end of a line, for each.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// `Content-Length`, `Date` and `Connection` are the listener's to add.
struct Response {
  int status = 200;
  ResponseFields headers;
  std::string body;
  std::string file = {};  ///< if not empty, the body is this file's content, sent piece by piece
  /// Until when caches may keep it: the listener makes `Cache-Control` of it. Without it the
  /// headers say all.
  std::optional<std::chrono::sys_seconds> fresh_until = {};
};

/// A reply as it goes out, made once and shared by everybody who gets it. Immutable.
struct Reply {
  int status;
  std::string fields;  ///< without Date, Cache-Control and Connection; ends with the empty line
  std::string body;    ///< empty for a file
  std::string file;
  std::uint64_t length;  ///< of body or file
  std::string etag;      ///< with its quotes; empty without one
  std::optional<std::chrono::sys_seconds> fresh_until;
};
using SharedReply = std::shared_ptr<const Reply>;

/// Serialises a response. A file that can't be read becomes a 500.
SharedReply Prepare(Response response);

/// The reply to a client that says what it has (`If-None-Match`, RFC 9110, 13.1.2): the same one,
/// or a 304 without its body.
SharedReply Revalidate(const SharedReply& reply, std::string_view if_none_match);

/// "Not Found": the reason phrase of RFC 9110 for a status that we send.
std::string_view ReasonPhrase(int status);

/// Text as it may stand between the quotes of a JSON string; what is not UTF-8 is replaced.
std::string JsonEscape(std::string_view text);

/// A status that we send. Those of errors have a problem type, "/problems/<name>".
struct StatusRow {
  int status;
  std::string_view phrase;   ///< of RFC 9110
  std::string_view problem;  ///< "not-found"; empty for what is no error
};
std::span<const StatusRow> StatusTable();

/// Returns the problem type of a status: "not-found"; empty for what is no error.
std::string_view ProblemType(int status);

/// Writes a problem document (RFC 9457). `type`: the end of its type; empty: that of the status.
/// What is not printable ASCII in `detail` becomes '?'.
Response Problem(int status, std::string_view detail, std::string_view type = {});

}  // namespace cityid

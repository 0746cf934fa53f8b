// Requests, responses and replies: what the listener and its handler give each other.
//
// A handler gets a `Request`, builds a `Response`, and turns it into a `Reply` with `Prepare`. A
// reply is immutable and may be sent to many clients. No HTTP library shows here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cityid {

/// A request whose head was checked. Its views are valid while it is handled.
struct Request {
  std::string_view method;  ///< as sent: "GET"
  std::string_view target;  ///< in origin form: "/MA.156.1301?lang=zh"
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  /// The client's address as text: the socket's other end, or what a listed proxy says.
  std::string_view peer;
  std::uint64_t client = 0;  ///< `Client::key` of that address
  bool limited = false;      ///< whether the limits of one client apply

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  }
  /// Returns the value of the first field `name`, in any case; empty if there is none.
  std::string_view header(std::string_view name) const;
  /// Returns the values of all fields `name`, in any case, joined by ", " (RFC 9110, 5.3).
  std::string list(std::string_view name) const;
  /// Returns the value of the first query parameter `name`, still percent-encoded; empty if there
  /// is none.
  std::string_view parameter(std::string_view name) const;
};

/// One of a few places for large bodies, held by a request until it is answered or its connection
/// has ended. Thread-safe.
class BodyPlace {
 public:
  BodyPlace() = default;
  BodyPlace(const BodyPlace&) = delete;
  BodyPlace& operator=(const BodyPlace&) = delete;
  virtual ~BodyPlace() = default;

  /// Notes how many bytes of the body have come, and whether these are all.
  void Note(std::size_t bytes, bool whole) {
    received_.store(bytes, std::memory_order_relaxed);
    whole_.store(whole, std::memory_order_relaxed);
  }
  std::size_t received() const { return received_.load(std::memory_order_relaxed); }
  bool whole() const { return whole_.load(std::memory_order_relaxed); }
  /// Gives the place to another request: the listener closes the connection of this one, unless its
  /// body is whole by then.
  void TakeAway() { taken_away_.store(true, std::memory_order_relaxed); }
  bool taken_away() const { return taken_away_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> received_ = 0;
  std::atomic<bool> whole_ = false;
  std::atomic<bool> taken_away_ = false;
};

/// What is said of a request's body before it is read.
struct BodyTerms {
  std::size_t limit = 0;  ///< the most bytes that it may have; 413 for more
  int refused = 0;        ///< 0, or 415, 429 or 503: it isn't read, and the connection ends
  const char* why = "";   ///< it is refused; a literal
  std::shared_ptr<BodyPlace> place = {};  ///< what the request occupies; null: nothing
};

/// Header fields as they are sent. Control characters in a value become '?', so that no value can
/// end its line.
class ResponseFields {
 public:
  using Field = std::pair<std::string_view, std::string_view>;
  ResponseFields() = default;
  ResponseFields(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields) Add(name, value);
  }
  void Add(std::string_view name, std::string_view value);
  /// Adds fields that are serialised already, each a line with CRLF.
  void AddLines(std::string_view lines) { text_ += lines; }
  /// Returns the value of the first field `name`, in the case it was added with; empty if there is
  /// none.
  std::string_view Find(std::string_view name) const;
  std::vector<Field> list() const;
  /// "Name: value" and CRLF for each field.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Fields, each a line with CRLF, with which scripts of any site may read a reply (CORS).
inline constexpr std::string_view kAnySite =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Expose-Headers: Accept, Accept-Encoding, Allow, Content-Location, ETag, Link, "
    "Retry-After\r\n";

/// A handler's answer. `Prepare` adds Content-Length; the listener adds Date and Connection.
struct Response {
  int status = 200;
  ResponseFields headers;
  std::string body;
  std::string file = {};  ///< if not empty, the body is this file's content, sent piece by piece
  /// Until when caches may keep it: the listener makes `Cache-Control` of it. Without it the
  /// headers say all.
  std::optional<std::chrono::sys_seconds> fresh_until = {};
};

/// A reply as it is sent: made once, shared by all clients that get it. Immutable.
struct Reply {
  int status;
  std::string fields;  ///< lines with CRLF and the empty line, without those that the listener adds
  std::string body;    ///< empty for a file
  std::string file;
  std::uint64_t length;  ///< of body or file
  std::string etag;      ///< with its quotes; empty without one
  std::optional<std::chrono::sys_seconds> fresh_until;
};
using SharedReply = std::shared_ptr<const Reply>;

/// Makes a reply of a response, with its Content-Length. A file whose size can't be read becomes a
/// 500.
SharedReply Prepare(Response response);

/// Returns what a conditional GET or HEAD gets instead of the reply (RFC 9110, 13.2.2): a 412 if
/// `If-Match` lacks the reply's tag, a 304 without a body if `If-None-Match` has it, else the
/// reply.
SharedReply Revalidate(const SharedReply& reply, const Request& request);

/// Returns "Not Found": the reason phrase of RFC 9110 for a status that is sent, "Status" for any
/// other.
std::string_view ReasonPhrase(int status);

/// Returns the problem type of a status: "not-found"; empty for a success.
std::string_view ProblemType(int status);

/// Returns a problem document (RFC 9457). In `detail` every byte that is not printable ASCII
/// becomes
/// '?'. `type` is the end of its type; empty: that of the status.
Response Problem(int status, std::string_view detail, std::string_view type = {});

}  // namespace cityid

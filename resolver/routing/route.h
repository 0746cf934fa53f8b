// A row of a route table: method, pattern, limits, description, handler. Everything that a server
// answers is a row; OPTIONS, 405, body limits, CORS, OpenAPI, metrics and the tests over all routes
// follow from it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/result.h"
#include "resolver/answer/resolve.h"
#include "resolver/http/client_limits.h"
#include "resolver/message/message.h"
#include "resolver/show/represent.h"

namespace cityid {

struct PackCache;
class PictureDesk;
class Registry;
class Replica;
class ScannerFiles;
class Witness;

/// What the operator says to crawlers and to whoever finds a weakness.
struct Notices {
  std::optional<std::string> robots = {};   ///< text of /robots.txt; nothing: ours
  std::vector<std::string> contacts = {};   ///< URIs of /security.txt; none: there is none
  std::vector<std::string> languages = {};  ///< tags of languages that the contacts read
};

/// What handlers work on. The pointers are not owned; `now` may be called from any thread.
struct Service {
  const Replica* replica = nullptr;  ///< never null
  std::function<std::chrono::sys_seconds()> now;
  AgeLimits age = {};
  Registry* registry = nullptr;            ///< null: applications are not taken here
  Witness* witness = nullptr;              ///< of a witness's routes; never null there
  RateLimit* applications_rate = nullptr;  ///< null: no limit
  RateLimit* questions_rate = nullptr;     ///< of lists of questions and packs; null: no limit
  RateLimit* bundles_rate = nullptr;       ///< of bundles in gzip; null: no limit
  RateLimit* pictures_rate = nullptr;      ///< of pictures; null: no limit
  std::string snapshots = {};              ///< directory with a file for each size; empty: none
  std::chrono::seconds keep{60};           ///< the longest that caches may keep an answer
  SubjectCache* subjects = nullptr;        ///< of the calling thread; null: nothing is kept
  PackCache* packs = nullptr;              ///< null: nothing is kept
  PictureDesk* pictures = nullptr;         ///< null: no pictures are read
  Notices notices = {};
  const ScannerFiles* scanner = nullptr;  ///< null: its page asks the server
};

/// The segments of a path that a pattern names, in its order.
class PathParameters {
 public:
  void Add(std::string_view segment) { segments_[size_++ % segments_.size()] = segment; }
  std::string_view operator[](std::size_t i) const { return segments_[i]; }
  /// Returns the segments behind the first.
  PathParameters rest() const {
    PathParameters rest;
    for (std::size_t i = 1; i < size_; ++i) rest.Add(segments_[i]);
    return rest;
  }

 private:
  std::array<std::string_view, 3> segments_;
  std::size_t size_ = 0;
};

/// Why a request is refused; becomes a problem document in the representation that the client
/// accepts. An `Error` becomes one, too.
struct Failure {
  int status;
  std::string detail;
  std::string_view type = {};  ///< the end of the problem's type; empty: that of the status
  std::optional<std::chrono::seconds> retry_after = {};
};

/// A response, and what caches and metrics need to know of it.
struct Handled {
  Handled(Response made) : response(std::move(made)) {}
  Response response;
  std::optional<Verdict> verdict = {};  ///< that it tells
  /// The version of the ledger that it was made from. Set only if the ledger's size bounds the
  /// number of such responses, so that a cache can't be flooded with them.
  std::optional<std::uint64_t> kept_for = {};
};

using HandlerResult = std::variant<Handled, Failure, Error>;

struct Call;

/// What a row gives, and so what is negotiated before its handler is called.
enum class Gives {
  kAnswer,    ///< an answer in any representation
  kAnswerAs,  ///< an answer in the representation of the type that the row names
  kDocument,  ///< another document in the representations that show all of them
  kFixed,     ///< bytes of the one type that the row names
};

/// How a row is described to programs (`/openapi.json`) and people. Lists are separated by blanks.
struct RouteDoc {
  std::string_view summary;
  std::string_view parameters = {};    ///< of the query, in names of the table in openapi.cpp
  std::string_view takes = {};         ///< media types of the body
  std::string_view gives = {};         ///< media types of a success; kFixed and kAnswerAs
  std::string_view schema = {};        ///< of its JSON, a name of schemas.h; empty: none
  std::string_view body_schema = {};   ///< of the body's JSON; empty: none
  std::string_view successes = "200";  ///< statuses
  std::string_view statuses = {};      ///< of failures, beside those that follow from `gives`
};

/// What a request may cost at most, whatever the ledger holds. By default it is what a turn of a
/// loop has room for.
struct Bounds {
  std::size_t bytes = std::size_t{1} << 20;  ///< of the body that is sent; 0: a file, as it is
  std::uint64_t work = 4096;                 ///< of reading the ledger (`LedgerView::work`)
};

struct Route {
  std::string_view method;   ///< "GET"; HEAD comes with it
  std::string_view pattern;  ///< "/{id}/{token}": a segment in braces takes any one segment, one
                             ///< that ends in "..." all that follow
  HandlerResult (*handle)(const Call& call);
  Gives gives;
  RouteDoc doc;
  std::size_t max_body = 0;  ///< bytes of its body, unless `terms` says otherwise
  bool every_site = true;    ///< pages of any site may read it (CORS)
  Bounds bounds = {};
  BodyTerms (*terms)(const Call& head) = nullptr;  ///< null: every body of `max_body` is taken
};

/// A matched request: its row, and the representation that was negotiated. Views are valid while
/// the request is handled.
struct Call {
  const Service& service;
  const Request& request;
  std::span<const Route> rows = {};  ///< those of the path; empty: no row has it
  const Route* route = nullptr;      ///< the one of the method; null: none has it
  PathParameters path = {};
  std::optional<Shown> shown = {};  ///< nothing: the client accepts none of what the row can give
};

/// Returns true if requests of a row are not for a loop, which answers thousands of clients: a POST
/// waits for the disk, and a row with larger bounds than the default may take long. A file is sent
/// piece by piece.
constexpr bool BelongsOnWorker(const Route& route) {
  constexpr Bounds kTurnOfALoop{};
  return route.method == "POST" || route.bounds.bytes > kTurnOfALoop.bytes ||
         route.bounds.work > kTurnOfALoop.work;
}
inline bool BelongsOnWorker(const Call& call) {
  return call.route != nullptr && BelongsOnWorker(*call.route);
}

/// Returns how an error is told to a client. Trouble with the disk goes to the operator's log, and
/// not to the client.
Failure FailureOf(const Error& error);

/// Of what costs as much as hundreds of requests: lists of questions, and packs.
inline constexpr Rate kListsRate{2, 20};

/// Returns a 429 if a client that has limits has no turn left. `limit` may be null.
std::optional<Failure> CheckRate(RateLimit* limit, const Rate& rate, const Request& request,
                                 std::string_view detail);

}  // namespace cityid

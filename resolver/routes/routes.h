// The route table: method, pattern, limits, handler. Everything the service answers is a row here.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/consortium/registry.h"
#include "ledger/store/replica.h"
#include "resolver/answer/resolve.h"
#include "resolver/http/client_limits.h"
#include "resolver/http/message.h"

namespace cityid {

/// What handlers work on. The pointers are not owned; `now` may be called from any thread.
struct Service {
  const Replica* replica;
  std::function<std::chrono::sys_seconds()> now;
  AgeLimits age;
  Registry* registry = nullptr;            ///< null: applications are not taken here
  RateLimit* applications_rate = nullptr;  ///< null: no limit
  RateLimit* questions_rate = nullptr;     ///< of lists of them; null: no limit
  std::string snapshots = {};              ///< directory with a file for each size; empty: none
  std::chrono::seconds keep{60};           ///< the longest that an answer may be kept by caches
  SubjectCache* subjects = nullptr;        ///< of the thread that asks; null: none
};

/// The segments of a path that a pattern names, in its order.
class PathParameters {
 public:
  void Add(std::string_view segment) { segments_.at(size_++) = segment; }
  std::string_view operator[](std::size_t i) const { return segments_[i]; }

 private:
  std::array<std::string_view, 3> segments_;
  std::size_t size_ = 0;
};

/// How an answer to a verdict is counted (`Response::outcome`).
constexpr std::uint8_t OutcomeOf(Verdict verdict) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(verdict) + 1);
}

/// Whether this resolver should get requests: its ledger can be read, is not past the hard
/// age and not frozen. A line a reason.
Response GetReady(const Service& service, const Request& request, const PathParameters& path);

/// How a row is described to programs (`/openapi.json`) and people.
struct RouteDoc {
  std::string_view summary;
  std::string_view parameters;  ///< of the query, in names of `openapi.cpp`, by blanks
  std::string_view takes;       ///< media types of the body, by blanks
  std::string_view gives;       ///< media types of a success, by blanks
  std::string_view schema;      ///< of its JSON, in names of `openapi.cpp`; empty: none
  std::string_view statuses;    ///< beside those that every row can have, by blanks
};

struct Route {
  std::string_view method;   ///< "GET"; HEAD comes with it
  std::string_view pattern;  ///< "/{id}/{token}": a segment in braces takes any one segment, one
                             ///< that ends in "..." all that follow
  std::size_t max_body;      ///< bytes
  Response (*handle)(const Service& service, const Request& request, const PathParameters& path);
  RouteDoc doc;
};

std::span<const Route> RouteTable();

/// What went wrong, as a problem document. `detail` of a refusal names the rule; it may quote what
/// was sent. What is wrong with the disk goes to the operator's log, not to the client.
Response ProblemOf(const Error& error);

/// 429 if a client has no turn left, and it is one that has limits. `limit` may be null.
std::optional<Response> CheckRate(RateLimit* limit, const Rate& rate, const Request& request,
                                  std::string_view detail);

/// Finds the row and runs it; answers HEAD and OPTIONS from the table, 404 and 405 where nothing
/// fits. A literal segment wins over a named one. Thread-safe.
Response Dispatch(const Service& service, const Request& request);

/// The largest body that any row for this path takes: 0 for an unknown path.
std::size_t BodyLimit(std::string_view path);

}  // namespace cityid

#include "resolver/routes/routes.h"

#include <algorithm>
#include <optional>

#include "resolver/http/log.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

std::string_view TakeSegment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::optional<PathParameters> Match(std::string_view pattern, std::string_view path) {
  PathParameters parameters;
  while (!pattern.empty() && !path.empty() && path[0] == '/') {
    const std::string_view expected = TakeSegment(pattern);
    if (expected.ends_with("...}") && path.size() > 1) {
      parameters.Add(path.substr(1));
      return parameters;
    }
    const std::string_view segment = TakeSegment(path);
    if (expected.starts_with('{') && !segment.empty()) {
      parameters.Add(segment);
    } else if (expected != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

/// The first row whose pattern fits, and what it names.
struct Found {
  std::size_t row;
  PathParameters path;
};

std::optional<Found> Find(std::string_view path) {
  for (std::size_t row = 0; row < RouteTable().size(); ++row) {
    if (row > 0 && RouteTable()[row].pattern == RouteTable()[row - 1].pattern) continue;
    if (const auto parameters = Match(RouteTable()[row].pattern, path))
      return Found{row, *parameters};
  }
  return std::nullopt;
}

std::string AllowedMethods(std::string_view pattern) {
  std::string allowed = "OPTIONS";
  for (const Route& route : RouteTable()) {
    if (route.pattern != pattern) continue;
    allowed += ", " + std::string(route.method);
    if (route.method == "GET") allowed += ", HEAD";
  }
  return allowed;
}

}  // namespace

Response ProblemOf(const Error& error) {
  int status = 500;
  switch (error.code) {
    case Errc::kMalformed:
    case Errc::kUnsupported:
      status = 400;
      break;
    case Errc::kForged:
      status = 403;
      break;
    case Errc::kRefused:
      status = 409;
      break;
    case Errc::kTooLarge:
      status = 413;
      break;
    case Errc::kBusy:
    case Errc::kFull:
      status = 503;
      break;
    case Errc::kUsage:
      status = 400;
      break;
    case Errc::kNotFound:
      status = 404;
      break;
    default:
      LogError(error.detail);
      return Problem(500, "the ledger could not be read or written");
  }
  return Problem(status, error.detail);
}

std::optional<Response> CheckRate(RateLimit* limit, const Rate& rate, const Request& request,
                                  std::string_view detail) {
  if (limit == nullptr || !request.limited) return std::nullopt;
  const auto wait = limit->Wait(request.client, rate, std::chrono::steady_clock::now());
  if (wait.count() == 0) return std::nullopt;
  Response response = Problem(429, detail);
  response.headers.Add("Retry-After", std::to_string(wait.count()));
  return response;
}

namespace {

/// A problem as who asked would like to see it; as JSON if nothing else fits.
Response Dressed(Response problem, const Request& request) {
  const auto shown = Negotiate(request, false);
  if (!shown || RepresentationTable()[shown->representation].render == RenderJson) return problem;
  Response page = Represent(problem.status,
                            ProblemPage{problem.problem, problem.status, problem.detail}, *shown);
  for (const auto& [name, value] : problem.headers.list()) {
    if (name != "Content-Type") page.headers.Add(name, value);
  }
  return page;
}

/// Pages of any site may read what anybody may ask for; applications they may not hand in.
bool IsForEverySite(std::string_view pattern) { return !pattern.starts_with("/registry/"); }

Response Options(std::string_view pattern) {
  const std::string allowed = AllowedMethods(pattern);
  Response response{204, {{"Allow", allowed}}, {}};
  if (IsForEverySite(pattern)) {
    response.headers.Add("Access-Control-Allow-Methods", allowed);
    response.headers.Add("Access-Control-Allow-Headers", "Content-Type");
    response.headers.Add("Access-Control-Max-Age", "86400");
  }
  return response;
}

/// What a row answers to a method; 405 if it has no such.
Response Handle(const Service& service, const Request& request, const Found& found) {
  const std::span<const Route> table = RouteTable();
  const std::string_view pattern = table[found.row].pattern;
  if (request.method == "OPTIONS") return Options(pattern);
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  for (std::size_t row = found.row; row < table.size() && table[row].pattern == pattern; ++row) {
    if (table[row].method != method) continue;
    Response response = table[row].handle(service, request, found.path);
    response.route = static_cast<std::uint8_t>(row);
    return response;
  }
  Response response = Problem(405, "this resource has no such method");
  response.headers.Add("Allow", AllowedMethods(pattern));
  return response;
}

}  // namespace

Response Dispatch(const Service& service, const Request& request) {
  const auto found = Find(request.path());
  Response response = found
                          ? Handle(service, request, *found)
                          : Problem(404, "nothing is here; an identifier looks like /MA.156.1301");
  if (!response.problem.empty()) {
    const std::uint8_t route = response.route;
    response = Dressed(std::move(response), request);
    response.route = route;
  }
  if (!found || IsForEverySite(RouteTable()[found->row].pattern)) {
    response.headers.Add("Access-Control-Allow-Origin", "*");
    response.headers.Add("Access-Control-Expose-Headers",
                         "Allow, Content-Location, ETag, Link, Retry-After");
  }
  return response;
}

std::size_t BodyLimit(std::string_view path) {
  const auto found = Find(path);
  std::size_t limit = 0;
  for (std::size_t row = found ? found->row : RouteTable().size();
       row < RouteTable().size() && RouteTable()[row].pattern == RouteTable()[found->row].pattern;
       ++row) {
    limit = std::max(limit, RouteTable()[row].max_body);
  }
  return limit;
}

}  // namespace cityid

#include "resolver/routes.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "ledger/trust.h"
#include "resolver/ledger_routes.h"
#include "resolver/negotiate.h"
#include "resolver/registry_routes.h"
#include "resolver/represent.h"

namespace cityid {
namespace {

RenderContext ContextOf(const Request& request) {
  const auto chosen = LanguageOf(request.parameter("lang"));
  return RenderContext{chosen ? *chosen : ChooseLanguage(request.header("accept-language")),
                       std::string(request.header("host"))};
}

Response Represent(const Answer& answer, const Request& request) {
  const auto table = RepresentationTable();
  std::vector<std::string_view> offered;
  for (const Representation& row : table) offered.push_back(row.type);
  const auto chosen = ChooseType(request.header("accept"), offered);
  if (!chosen) return Problem(406, "this resource comes as application/json or text/html");
  const Representation& row = table[*chosen];
  const RenderContext context = ContextOf(request);
  Response response;
  response.status = Row(answer.verdict).http_status;
  const std::string_view type = response.status == 200 ? row.success_type : row.error_type;
  response.headers = {{"Content-Type", std::string(type)},
                      {"Vary", "Accept, Accept-Language"},
                      {"Cache-Control", "no-cache"},
                      {"X-Content-Type-Options", "nosniff"}};
  if (row.by_language) {
    response.headers.emplace_back("Content-Language", Tag(context.language));
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                  "form-action 'none'; frame-ancestors 'none'");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
  }
  response.body = row.render(answer, context);
  return response;
}

Response Answered(const Service& service, const Request& request, const Query& query) {
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  if (view->head().size.value == 0) return Problem(503, "the ledger is still being fetched");
  const auto answer = Resolve(query, *view, view->head(), service.age, service.now());
  if (!answer) return ProblemOf(answer.error());
  return Represent(*answer, request);
}

Response GetIdentifier(const Service& service, const Request& request, const PathParameters& path) {
  return Answered(service, request, Query::Typed(path[0]));
}

Response GetCode(const Service& service, const Request& request, const PathParameters& path) {
  return Answered(service, request, Query::Path(path[0], path[1]));
}

Response GetProblem(const Service&, const Request&, const PathParameters& path) {
  const auto verdict = VerdictFromName(path[0]);
  if (!verdict) return Problem(404, "there is no such verdict");
  return Response{200, {{"Content-Type", "application/json"}}, RenderVerdict(*verdict)};
}

Response GetHealth(const Service&, const Request&, const PathParameters&) {
  return Response{200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ok\n"};
}

/// Whether this resolver should get requests: its ledger can be read, is not past the hard age and
/// not frozen. A line a reason.
Response GetReady(const Service& service, const Request&, const PathParameters&) {
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  const Head& head = view->head();
  const auto now = service.now();
  std::string reasons;
  if (head.size.value == 0) reasons += "the ledger is empty\n";
  if (head.frozen) reasons += "frozen: there is evidence against the log\n";
  if (head.size.value > 0 && now - head.time > service.age.hard)
    reasons += "the ledger is past its hard age\n";
  const bool ready = reasons.empty();
  // An alarm and no reason to stop: the quorum's time is used instead.
  if (head.time > now + kCosignatureSkew)
    reasons += "this machine's clock is behind the quorum's\n";
  return Response{ready ? 200 : 503,
                  {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}},
                  (ready ? "ready\n" : "") + reasons};
}

constexpr std::array<Route, 16> kTable = {{
    {"GET", "/healthz", 0, GetHealth},
    {"GET", "/readyz", 0, GetReady},
    {"GET", "/problems/{verdict}", 0, GetProblem},
    {"POST", "/registry/applications", kMaxRecord, PostApplication},
    {"GET", "/registry/applications", 0, GetApplications},
    {"GET", "/registry/applications/{draft}", 0, GetApplication},
    {"GET", "/ledger/state/{key}", 0, GetState},
    {"GET", "/ledger/entry/{index}", 0, GetEntry},
    {"GET", "/ledger/checkpoint", 0, GetCheckpoint},
    {"GET", "/ledger/tile/{file...}", 0, GetLogFile},
    {"GET", "/ledger/policies/{version}", 0, GetPolicyProof},
    {"GET", "/ledger/snapshot/{size}", 0, GetSnapshot},
    {"GET", "/{id}", 0, GetIdentifier},
    {"GET", "/{id}/proof", 0, GetIdentifierProof},
    {"GET", "/{id}/{token}", 0, GetCode},
    {"GET", "/{id}/{token}/proof", 0, GetCodeProof},
}};

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
      parameters.push_back(path.substr(1));
      return parameters;
    }
    const std::string_view segment = TakeSegment(path);
    if (expected.starts_with('{') && !segment.empty()) {
      parameters.push_back(segment);
    } else if (expected != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

/// The first pattern of the table that fits; literal rows stand before named ones.
std::optional<std::string_view> FindPattern(std::string_view path) {
  for (const Route& route : kTable) {
    if (Match(route.pattern, path)) return route.pattern;
  }
  return std::nullopt;
}

std::string AllowedMethods(std::string_view pattern) {
  std::string allowed = "OPTIONS";
  for (const Route& route : kTable) {
    if (route.pattern != pattern) continue;
    allowed += ", " + std::string(route.method);
    if (route.method == "GET") allowed += ", HEAD";
  }
  return allowed;
}

}  // namespace

std::span<const Route> RouteTable() { return kTable; }

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
      std::fprintf(stderr, "cityid: %s\n", error.detail.c_str());
      return Problem(500, "the ledger could not be read or written");
  }
  return Problem(status, JsonEscape(error.detail));
}

Response Dispatch(const Service& service, const Request& request) {
  const std::string_view path = request.path();
  const auto pattern = FindPattern(path);
  if (!pattern) return Problem(404, "nothing is here; an identifier looks like /MA.156.1301");
  if (request.method == "OPTIONS") return Response{204, {{"Allow", AllowedMethods(*pattern)}}, {}};
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  for (const Route& route : kTable) {
    if (route.pattern == *pattern && route.method == method) {
      return route.handle(service, request, *Match(route.pattern, path));
    }
  }
  Response response = Problem(405, "this resource has no such method");
  response.headers.emplace_back("Allow", AllowedMethods(*pattern));
  return response;
}

std::size_t BodyLimit(std::string_view path) {
  std::size_t limit = 0;
  const auto pattern = FindPattern(path);
  for (const Route& route : kTable) {
    if (pattern == route.pattern) limit = std::max(limit, route.max_body);
  }
  return limit;
}

}  // namespace cityid

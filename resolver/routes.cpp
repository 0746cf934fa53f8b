#include "resolver/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ledger/trust.h"
#include "resolver/ledger_routes.h"
#include "resolver/log.h"
#include "resolver/negotiate.h"
#include "resolver/registry_routes.h"
#include "resolver/represent.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// How long answers of this head may be kept: until the next confirmation is due, a while at most.
constexpr seconds kConfirmation{600};
constexpr seconds kOverdue{10};

/// On the clock of this machine, though the quorum's may be ahead of it.
sys_seconds FreshUntil(const Answer& answer, const Service& service, sys_seconds clock) {
  const sys_seconds confirmed = answer.ledger.head.time;
  const sys_seconds now = std::max(clock, confirmed);
  seconds left = std::min(service.keep, std::max(confirmed + kConfirmation - now, kOverdue));
  // Nothing is kept past a moment at which the answer turns.
  const auto turns_at = [&](sys_seconds moment) {
    if (moment > now) left = std::min(left, moment - now);
  };
  turns_at(confirmed + service.age.soft + seconds(1));
  turns_at(confirmed + service.age.hard + seconds(1));
  if (answer.code) {
    turns_at(answer.code->claims.issued_at - kClockSkew);
    if (const auto expires = answer.code->claims.expires_at()) turns_at(*expires);
  }
  return clock + left;
}

/// Whether who asks can't make up any number of such questions.
bool IsBounded(const Answer& answer, std::string_view asked) {
  if (answer.code) return true;
  return answer.subject && asked == answer.subject->text() && answer.verdict >= Verdict::kSuspended;
}

Response Represent(const Answer& answer, const Shown& shown) {
  const Representation& row = RepresentationTable()[shown.representation];
  Response response;
  response.status = Row(answer.verdict).http_status;
  const std::string_view type = response.status == 200 ? row.success_type : row.error_type;
  response.headers.reserve(10);
  response.headers = {{"Content-Type", std::string(type)},
                      {"Vary", "Accept, Accept-Language"},
                      {"X-Content-Type-Options", "nosniff"}};
  if (row.by_language) {
    response.headers.emplace_back("Content-Language", Tag(shown.context.language));
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                  "form-action 'none'; frame-ancestors 'none'");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
  }
  response.body = row.render(answer, shown.context);
  response.headers.emplace_back("ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + '"');
  response.outcome = OutcomeOf(answer.verdict);
  return response;
}

Response Answered(const Service& service, const Request& request, std::string_view asked,
                  const Query& query) {
  const auto shown = Negotiate(request);
  if (!shown) return Problem(406, "this resource comes as application/json or text/html");
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  if (view->head().size.value == 0) return Problem(503, "the ledger is still being fetched");
  const auto clock = service.now();
  if (service.subjects != nullptr) service.subjects->Use(view->version());
  const auto answer = Resolve(query, *view, view->head(), service.age, clock, service.subjects);
  if (!answer) return ProblemOf(answer.error());
  Response response = Represent(*answer, *shown);
  // What is forged now may have a key tomorrow, and nobody needs it twice.
  const Verdict verdict = answer->verdict;
  if (verdict == Verdict::kForged || verdict == Verdict::kUnknownKey ||
      verdict == Verdict::kLedgerStale) {
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
  }
  response.fresh_until = FreshUntil(*answer, service, clock);
  // A page names the host that was asked for: only those of the ledger are bounded in number.
  const auto& hosts = answer->ledger.policy->policy.hosts;
  const bool bounded_host =
      shown->context.host.empty() || std::ranges::find(hosts, shown->context.host) != hosts.end();
  response.cacheable = bounded_host && IsBounded(*answer, asked);
  response.version = view->version();
  return response;
}

Response GetIdentifier(const Service& service, const Request& request, const PathParameters& path) {
  return Answered(service, request, path[0], Query::Typed(path[0]));
}

Response GetCode(const Service& service, const Request& request, const PathParameters& path) {
  return Answered(service, request, {}, Query::Path(path[0], path[1]));
}

Response GetProblem(const Service&, const Request&, const PathParameters& path) {
  const auto verdict = VerdictFromName(path[0]);
  if (!verdict) return Problem(404, "there is no such verdict");
  return Response{200, {{"Content-Type", "application/json"}}, RenderVerdict(*verdict)};
}

Response GetHealth(const Service&, const Request&, const PathParameters&) {
  return Response{200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ok\n"};
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

/// A row whose pattern fits, and what it names. The rows of one pattern stand together, those with
/// literal segments before those with named ones.
struct Found {
  std::size_t row;
  PathParameters path;
};

std::optional<Found> Find(std::string_view path) {
  for (std::size_t row = 0; row < kTable.size(); ++row) {
    if (row > 0 && kTable[row].pattern == kTable[row - 1].pattern) continue;
    if (const auto parameters = Match(kTable[row].pattern, path)) return Found{row, *parameters};
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

std::optional<Shown> Negotiate(const Request& request) {
  static const auto kOffered = [] {
    std::vector<std::string_view> offered;
    for (const Representation& row : RepresentationTable()) offered.push_back(row.type);
    return offered;
  }();
  const std::string_view accept = request.header("accept");
  const auto chosen = accept.empty() ? std::optional<std::size_t>(0) : ChooseType(accept, kOffered);
  if (!chosen) return std::nullopt;
  Shown shown{*chosen, {}};
  if (RepresentationTable()[*chosen].by_language) {
    const auto wanted = LanguageOf(request.parameter("lang"));
    shown.context.language = wanted ? *wanted : ChooseLanguage(request.header("accept-language"));
    shown.context.host = request.header("host");
  }
  return shown;
}

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
      LogError(error.detail);
      return Problem(500, "the ledger could not be read or written");
  }
  return Problem(status, JsonEscape(error.detail));
}

Response Dispatch(const Service& service, const Request& request) {
  const std::string_view path = request.path();
  const auto found = Find(path);
  if (!found) return Problem(404, "nothing is here; an identifier looks like /MA.156.1301");
  const std::string_view pattern = kTable[found->row].pattern;
  if (request.method == "OPTIONS") return Response{204, {{"Allow", AllowedMethods(pattern)}}, {}};
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  for (std::size_t row = found->row; row < kTable.size() && kTable[row].pattern == pattern; ++row) {
    if (kTable[row].method != method) continue;
    Response response = kTable[row].handle(service, request, found->path);
    response.route = static_cast<std::uint8_t>(row);
    return response;
  }
  Response response = Problem(405, "this resource has no such method");
  response.headers.emplace_back("Allow", AllowedMethods(pattern));
  return response;
}

std::size_t BodyLimit(std::string_view path) {
  const auto found = Find(path);
  std::size_t limit = 0;
  for (std::size_t row = found ? found->row : kTable.size();
       row < kTable.size() && kTable[row].pattern == kTable[found->row].pattern; ++row) {
    limit = std::max(limit, kTable[row].max_body);
  }
  return limit;
}

}  // namespace cityid

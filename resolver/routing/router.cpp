#include "resolver/routing/router.h"

#include <algorithm>

#include "codec/text.h"
#include "resolver/http/log.h"
#include "resolver/message/form.h"

namespace cityid {
namespace {

std::string_view TakeSegment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::optional<PathParameters> MatchPattern(std::string_view pattern, std::string_view path) {
  // Most rows begin or end with a word, and most paths with an identifier and a code.
  if (pattern.size() > 1 && pattern[1] != '{' && (path.size() < 2 || path[1] != pattern[1]))
    return std::nullopt;
  if (pattern.back() != '}' && (path.empty() || path.back() != pattern.back())) return std::nullopt;
  PathParameters parameters;
  while (!pattern.empty() && !path.empty() && path[0] == '/') {
    const std::string_view expected = TakeSegment(pattern);
    if (expected.ends_with("...}") && path.size() > 1) {
      parameters.Add(path.substr(1));
      return parameters;
    }
    const std::string_view segment = TakeSegment(path);
    const std::size_t brace = expected.find('{');
    if (brace < segment.size() && segment.starts_with(expected.substr(0, brace))) {
      parameters.Add(segment.substr(brace));
    } else if (expected != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

/// How an `Error` is told to a client.
struct ErrorRow {
  Errc code;
  int status;
  std::string_view type = {};
};
constexpr ErrorRow kErrors[] = {
    {Errc::kMalformed, 400},
    {Errc::kUnsupported, 400},
    {Errc::kUsage, 400},
    {Errc::kForged, 403},
    {Errc::kWrongState, 403},
    {Errc::kNotFound, 404},
    {Errc::kRefused, 409},
    {Errc::kTooLarge, 413},
    {Errc::kMediaType, 415},
    {Errc::kBusy, 503},
    {Errc::kFull, 503},
    {Errc::kStale, 503, "ledger-stale"},
    {Errc::kNotIndexed, 503, "not-indexed"},
};

/// Writes a failure in the representation that the client accepts, as JSON if it accepts none.
Response Explain(const Call& call, Failure failure) {
  const std::string_view type = failure.type.empty() ? ProblemType(failure.status) : failure.type;
  Response response = Problem(failure.status, failure.detail, type);
  // What was negotiated may be nothing, or a type that only answers have.
  const bool fits = call.shown && call.shown->representation->scope == Scope::kAnything;
  const auto shown = fits ? call.shown : Negotiate(call.request, Scope::kAnything);
  if (shown && shown->representation->error_type != kProblemType) {
    // The detail may quote what the client sent, so only printable ASCII is shown.
    std::ranges::replace_if(
        failure.detail, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
    response = Represent(failure.status, ProblemPage{type, failure.status, failure.detail}, *shown);
    response.headers.Add("Cache-Control", "no-store");
  }
  if (failure.retry_after)
    response.headers.Add("Retry-After", std::to_string(failure.retry_after->count()));
  return response;
}

/// What a list of names of header fields may have beside letters and digits.
constexpr std::string_view kInNames = "!#$%&'*+-.^_`|~, ";

bool TakesParameter(const Route& route, std::string_view name) {
  std::string_view rest = route.doc.parameters;
  while (!rest.empty()) {
    if (TakeUntil(rest, ' ') == name) return true;
  }
  return false;
}

/// Returns the media types of a row's bodies as `Accept` has them.
std::string TypesTaken(const Route& route) {
  std::string types;
  for (std::string_view rest = route.doc.takes; !rest.empty();)
    types.append(types.empty() ? "" : ", ").append(TakeUntil(rest, ' '));
  return types;
}

std::string AllowedMethods(std::span<const Route> rows) {
  std::string allowed = "OPTIONS";
  for (const Route& route : rows) {
    allowed += ", " + std::string(route.method);
    if (route.method == "GET") allowed += ", HEAD";
  }
  return allowed;
}

/// Answers OPTIONS for a path that has rows.
Response Options(const Call& call) {
  const std::string allowed = AllowedMethods(call.rows);
  Response response{204, {{"Allow", allowed}}, {}};
  const Route& row = call.rows.front();
  if (TakesParameter(row, "linkType")) {
    response.headers.Add("Link", "<" + WithField(call.request.path(), "linkType", "linkset") +
                                     ">; rel=\"linkset\"; type=\"application/linkset+json\"");
  }
  if (row.every_site) {
    response.headers.Add("Access-Control-Allow-Methods", allowed);
    const std::string asked = call.request.list("access-control-request-headers");
    response.headers.Add("Access-Control-Allow-Headers",
                         IsMadeOf(asked, kInNames) ? std::string_view(asked) : "Content-Type");
    response.headers.Add("Vary", "Access-Control-Request-Headers");
    response.headers.Add("Access-Control-Max-Age", "86400");
  }
  return response;
}

/// Refuses to send what is larger than the row allows. It would be a defect of the row's handler.
std::optional<Failure> CheckSize(const Call& call, const Response& response) {
  if (call.route == nullptr || call.route->bounds.bytes == 0 ||
      response.body.size() <= call.route->bounds.bytes) {
    return std::nullopt;
  }
  LogError("an answer of " + std::to_string(response.body.size()) + " bytes to " +
           std::string(call.route->pattern) + " is not sent");
  return Failure{500, "the answer is too large to be sent; ask for less"};
}

}  // namespace

Failure FailureOf(const Error& error) {
  const auto row = std::ranges::find(kErrors, error.code, &ErrorRow::code);
  if (row != std::end(kErrors)) return {row->status, error.detail, row->type};
  LogError(error.detail);
  return {500, "the ledger could not be read or written"};
}

std::optional<Failure> CheckRate(RateLimit* limit, const Rate& rate, const Request& request,
                                 std::string_view detail) {
  if (limit == nullptr || !request.limited) return std::nullopt;
  const auto wait = limit->Wait(request.client, rate, std::chrono::steady_clock::now());
  if (wait.count() == 0) return std::nullopt;
  return Failure{429, std::string(detail), {}, wait};
}

/// Finds the rows of a path, and the one of the method among them.
Call Router::Find(const Service& service, const Request& request) const {
  Call call{service, request};
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  const std::string_view path = request.path();
  for (std::size_t first = 0; first < table_.size();) {
    const std::string_view pattern = table_[first].pattern;
    std::size_t end = first + 1;
    while (end < table_.size() && table_[end].pattern == pattern) ++end;
    if (const auto parameters = MatchPattern(pattern, path)) {
      call.rows = table_.subspan(first, end - first);
      call.path = *parameters;
      const auto row = std::ranges::find(call.rows, method, &Route::method);
      if (row != call.rows.end()) call.route = &*row;
      break;
    }
    first = end;
  }
  return call;
}

Call Router::Match(const Service& service, const Request& request) const {
  Call call = Find(service, request);
  const Route* const row = call.route;
  if (row == nullptr) return call;
  if (row->gives == Gives::kAnswer) call.shown = Negotiate(request, Scope::kAnswers);
  if (row->gives == Gives::kAnswerAs) call.shown = ShowAs(request, row->doc.gives);
  if (row->gives == Gives::kDocument) call.shown = Negotiate(request, Scope::kAnything);
  if (call.shown) call.shown->context.subjects = service.subjects;
  return call;
}

HandlerResult Router::CallHandler(const Call& call) const {
  if (call.rows.empty()) return Failure{404, std::string(nothing_here_)};
  if (call.request.method == "OPTIONS") return Options(call);
  if (call.route == nullptr) return Failure{405, "this resource has no such method"};
  return call.route->handle(call);
}

Handled Router::Run(const Call& call) const {
  HandlerResult result = CallHandler(call);
  if (const auto* error = std::get_if<Error>(&result)) result = FailureOf(*error);
  if (auto* failure = std::get_if<Failure>(&result)) result = Explain(call, std::move(*failure));
  if (auto failure = CheckSize(call, std::get<Handled>(result).response))
    result = Explain(call, *std::move(failure));
  Handled handled = std::get<Handled>(std::move(result));
  ResponseFields& headers = handled.response.headers;
  if (handled.response.status == 405) headers.Add("Allow", AllowedMethods(call.rows));
  if (handled.response.status == 415 && call.route != nullptr)
    headers.Add("Accept", TypesTaken(*call.route));
  if (call.rows.empty() || call.rows.front().every_site) headers.AddLines(kAnySite);
  return handled;
}

std::optional<BodyTerms> Router::TermsOf(const Service& service, const Request& head) const {
  const Call call = Find(service, head);
  if (call.route == nullptr) return std::nullopt;
  if (call.route->terms == nullptr) return BodyTerms{call.route->max_body};
  return call.route->terms(call);
}

std::optional<std::string> WithPlainIdentifier(std::string_view target) {
  const std::string_view first = target.substr(0, target.find_first_of("/?", 1));
  if (first.find('%') == std::string_view::npos) return std::nullopt;
  std::string plain = DecodeUnreserved(first);
  if (plain == first || plain.find('.') == std::string::npos) return std::nullopt;
  return plain += target.substr(first.size());
}

}  // namespace cityid

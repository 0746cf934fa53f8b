#include "resolver/routes/answer_routes.h"

#include <algorithm>

#include "codec/time_text.h"
#include "ledger/find/past.h"
#include "resolver/routes/parameters.h"
#include "resolver/routes/questions.h"
#include "resolver/show/link.h"
#include "resolver/show/negotiate.h"
#include "resolver/show/problem.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// How long answers of this head may be kept: until the next confirmation is due, a while at most.
constexpr seconds kConfirmation{600};
constexpr seconds kOverdue{10};
/// The longest text that a code's URL can be.
constexpr std::size_t kMaxCodeText = 4096;

Response NotAcceptable() {
  return Problem(406,
                 "this comes as application/json, application/cbor or text/html, and answers as "
                 "application/linkset+json");
}

/// Whether who asks can't make up any number of such questions.
bool IsBounded(const Answer& answer, std::string_view asked) {
  if (answer.code) return true;
  return answer.subject && asked == answer.subject->text() && answer.verdict >= Verdict::kSuspended;
}

/// What is forged now may have a key tomorrow, and nobody needs it twice.
bool IsWorthKeeping(Verdict verdict) {
  return verdict != Verdict::kForged && verdict != Verdict::kUnknownKey &&
         verdict != Verdict::kLedgerStale;
}

/// `Resolve`, and why something ended.
Result<Answer> Explained(const Service& service, const Query& query, const State& state,
                         const Head& head, sys_seconds clock, SubjectCache* subjects = nullptr) {
  auto answer = Resolve(query, state, head, service.age, clock, subjects);
  if (!answer || !answer->ended_by) return answer;
  auto reason = ReasonOf(state, *answer->ended_by);
  if (!reason) return reason.error();
  answer->reason = *std::move(reason);
  return answer;
}

/// `document`: an answer.
Response ShowAnswer(const Document& document, const Shown& shown) {
  const Verdict verdict = std::get<Answer>(document).verdict;
  Response response = Represent(Row(verdict).http_status, document, shown);
  response.outcome = OutcomeOf(verdict);
  return response;
}

/// A view that has something to say, or the problem instead.
std::variant<LedgerView, Response> ReadView(const Service& service) {
  auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  if (view->head().size.value == 0) return Problem(503, "the ledger is still being fetched");
  if (service.subjects != nullptr) service.subjects->Use(view->version());
  return *std::move(view);
}

Response Answered(const Service& service, const Request& request, std::string_view asked,
                  const Query& query) {
  const auto shown = Negotiate(request, true);
  if (!shown) return NotAcceptable();
  const auto opened = ReadView(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& view = std::get<LedgerView>(opened);
  const auto clock = service.now();
  auto resolved = Explained(service, query, view, view.head(), clock, service.subjects);
  if (!resolved) return ProblemOf(resolved.error());
  const Document document(*std::move(resolved));
  const auto& answer = std::get<Answer>(document);
  Response response = ShowAnswer(document, *shown);
  if (!IsWorthKeeping(answer.verdict)) {
    response.headers.Add("Cache-Control", "no-store");
    return response;
  }
  response.fresh_until = FreshUntil(answer.ledger, answer.code, service, clock);
  // A page names the host that was asked for: only those of the ledger are bounded in number.
  const auto& hosts = answer.ledger.policy->policy.hosts;
  const bool bounded_host =
      shown->context.host.empty() || std::ranges::find(hosts, shown->context.host) != hosts.end();
  response.cacheable = bounded_host && IsBounded(answer, asked);
  response.version = view.version();
  return response;
}

Response AnsweredAsOf(const Service& service, const Request& request, const Query& query,
                      std::string_view when) {
  const auto time = ParseTime(when);
  if (!time) return Problem(400, "versionTime must look like 2027-01-15T08:00:00Z");
  const auto shown = Negotiate(request, true);
  if (!shown) return NotAcceptable();
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  if (*time > std::max(ledger.clock, ledger.mark.head.time))
    return Problem(400, "versionTime lies in the future");
  const auto since = KnownSince(ledger.view);
  if (!since) return ProblemOf(since.error());
  if (*since && *time < **since) {
    return Problem(404, "this resolver knows the past since " + TimeText(**since), kPastUnknown);
  }
  const PastState past(ledger.view, *time);
  auto answer = Explained(service, query, past, ledger.mark.head, ledger.clock);
  if (!answer) return ProblemOf(answer.error());
  answer->as_of = *time;
  Response response = ShowAnswer(*std::move(answer), *shown);
  response.fresh_until = FreshUntil(ledger.mark, {}, service, ledger.clock);
  return response;
}

/// 307 to where a relation leads, which stands in the ledger.
Response Redirect(const Service& service, const Request& request, const Query& query,
                  std::string_view link_type) {
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  // An extension may be named by its URI, as linksets do.
  for (const std::string& host : ledger.mark.policy->policy.hosts) {
    const std::string base = "https://" + host + "/rel/";
    if (link_type.starts_with(base)) link_type.remove_prefix(base.size());
  }
  if (!IsRelation(link_type))
    return Problem(400,
                   "linkType must be linkset or a relation, such as service-doc or _dataPortal");
  const auto answer =
      Resolve(query, ledger.view, ledger.mark.head, service.age, ledger.clock, service.subjects);
  if (!answer) return ProblemOf(answer.error());
  if (!answer->known) {
    const auto shown = Negotiate(request, true);
    return shown ? ShowAnswer(*answer, *shown) : NotAcceptable();
  }
  const auto wanted = LanguageOf(request.parameter("lang"));
  const Language language = wanted ? *wanted : ChooseLanguage(request.list("accept-language"));
  const Endpoint* link = FindLink(*answer->known, link_type, language);
  if (link == nullptr) {
    return Problem(404,
                   answer->subject->text() + " has no public link of the type " +
                       std::string(link_type) + "; ask for linkType=linkset to see those it has",
                   kNoSuchLink);
  }
  Response response;
  response.status = 307;
  response.headers = {
      {"Location", link->href}, {"Vary", "Accept-Language"}, {"Referrer-Policy", "no-referrer"}};
  response.fresh_until = FreshUntil(ledger.mark, {}, service, ledger.clock);
  response.outcome = OutcomeOf(answer->verdict);
  return response;
}

}  // namespace

sys_seconds FreshUntil(const LedgerMark& ledger, const std::optional<CodeFacts>& code,
                       const Service& service, sys_seconds clock) {
  const sys_seconds confirmed = ledger.head.time;
  const sys_seconds now = std::max(clock, confirmed);
  seconds left = std::min(service.keep, std::max(confirmed + kConfirmation - now, kOverdue));
  // Nothing is kept past a moment at which the answer turns.
  const auto turns_at = [&](sys_seconds moment) {
    if (moment > now) left = std::min(left, moment - now);
  };
  turns_at(confirmed + service.age.soft + seconds(1));
  turns_at(confirmed + service.age.hard + seconds(1));
  if (code) {
    turns_at(code->claims.issued_at - kClockSkew);
    if (const auto expires = code->claims.expires_at()) turns_at(*expires);
  }
  return clock + left;
}

std::variant<OpenLedger, Response> OpenFor(const Service& service) {
  auto opened = ReadView(service);
  if (auto* problem = std::get_if<Response>(&opened)) return std::move(*problem);
  auto& view = std::get<LedgerView>(opened);
  const auto clock = service.now();
  auto mark = MarkOf(view, view.head(), service.age, clock, service.subjects);
  if (!mark) return ProblemOf(mark.error());
  if (mark->age > service.age.hard)
    return Problem(503, "the ledger is past its hard age", Name(Verdict::kLedgerStale));
  return OpenLedger{std::move(view), clock, *std::move(mark)};
}

Response Show(const Service& service, const Request& request, const OpenLedger& ledger,
              const Document& document) {
  const auto shown = Negotiate(request, false);
  if (!shown) return NotAcceptable();
  Response response = Represent(200, document, *shown);
  response.fresh_until = FreshUntil(ledger.mark, {}, service, ledger.clock);
  return response;
}

Response GetFront(const Service& service, const Request& request, const PathParameters&) {
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  return Show(service, request, ledger, FrontPage{ledger.mark});
}

namespace {

/// An identifier with what the query says of it.
Response GetSubject(const Service& service, const Request& request, std::string_view asked,
                    const Query& query) {
  if (request.query().empty()) return Answered(service, request, asked, query);
  const auto link_type = FormField(request.query(), "linkType");
  if (!link_type) return ProblemOf(link_type.error());
  const auto when = FormField(request.query(), "versionTime");
  if (!when) return ProblemOf(when.error());
  const bool leads = *link_type && **link_type != "linkset" && **link_type != "all";
  if (*when && leads) return Problem(400, "links lead to where they lead now");
  if (*when) return AnsweredAsOf(service, request, query, **when);
  if (leads) return Redirect(service, request, query, **link_type);
  return Answered(service, request, asked, query);
}

/// A forged sign must lead nowhere, and a code is judged now.
std::optional<Response> RefuseLinks(const Request& request) {
  for (const char* name : {"linkType", "versionTime"}) {
    const auto field = FormField(request.query(), name);
    if (!field || *field)
      return Problem(400, "a code takes neither linkType nor versionTime; ask its identifier");
  }
  return std::nullopt;
}

}  // namespace

Response GetIdentifier(const Service& service, const Request& request, const PathParameters& path) {
  return GetSubject(service, request, path[0], Query::Typed(path[0]));
}

Response GetCode(const Service& service, const Request& request, const PathParameters& path) {
  if (auto problem = RefuseLinks(request)) return *std::move(problem);
  return Answered(service, request, {}, Query::Path(path[0], path[1]));
}

Response GetAlias(const Service& service, const Request& request, const PathParameters& path) {
  const auto scheme = PathText(path[0], 32);
  const auto value = PathText(path[1], 128);
  if (!scheme || !value) return Problem(400, "an alias looks like /alias/unlocode/CNSJW");
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto id = FindAlias(std::get<OpenLedger>(opened).view, *scheme, *value);
  if (!id) return ProblemOf(id.error());
  if (!*id)
    return Problem(404, "no identifier has the " + *scheme + " code " + *value, kUnknownAlias);
  Response response = GetSubject(service, request, {}, Query{**id, {}, {}});
  response.headers.Add("Content-Location", "/" + (*id)->text());
  return response;
}

Response PostVerify(const Service& service, const Request& request, const PathParameters&) {
  if (auto problem = RefuseLinks(request)) return *std::move(problem);
  const auto question = ReadCode(request.header("content-type"), request.body);
  if (!question) return ProblemOfBody(question.error());
  if (question->size() > kMaxCodeText) return Problem(413, "a code has at most 4,096 bytes");
  const auto shown = Negotiate(request, true);
  if (!shown) return NotAcceptable();
  const auto opened = ReadView(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& view = std::get<LedgerView>(opened);
  auto answer = Explained(service, QueryOf(*question), view, view.head(), service.now());
  if (!answer) return ProblemOf(answer.error());
  Response response = ShowAnswer(*std::move(answer), *shown);
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

Response PostResolve(const Service& service, const Request& request, const PathParameters&) {
  // A list may cost as much as 256 requests.
  constexpr Rate kListsRate{2, 20};
  if (auto problem = CheckRate(service.questions_rate, kListsRate, request,
                               "too many lists from your address; try again later"))
    return *std::move(problem);
  const auto questions = ReadQuestions(request.header("content-type"), request.body);
  if (!questions) return ProblemOfBody(questions.error());
  const std::string accept = request.list("accept");
  const bool cbor = IsCborType(request.header("content-type"));
  const int likes_json = AcceptQuality(accept, "application/json");
  const int likes_cbor = AcceptQuality(accept, "application/cbor");
  if (likes_json == 0 && likes_cbor == 0)
    return Problem(406, "results come as application/json or application/cbor");
  const bool as_cbor = likes_cbor > likes_json || (likes_cbor == likes_json && cbor);
  const auto opened = ReadView(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& view = std::get<LedgerView>(opened);
  const auto clock = service.now();
  // The policy is read once, and who is asked about often.
  SubjectCache subjects;
  subjects.Use(view.version());
  std::string json = "{\"results\":[";
  std::string ledger;
  for (const Question& question : *questions) {
    const auto answer = Explained(service, QueryOf(question), view, view.head(), clock, &subjects);
    if (!answer) return ProblemOf(answer.error());
    if (json.back() != '[') json += ',';
    json.append("{").append(AnswerMembers(*answer)).append("}");
    if (ledger.empty()) ledger = LedgerMember(answer->ledger);
  }
  json.append("],").append(ledger).append("}\n");
  Response response;
  response.headers = {{"Content-Type", as_cbor ? "application/cbor" : "application/json"},
                      {"Vary", "Accept"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Cache-Control", "no-store"}};
  response.body = as_cbor ? JsonToCbor(json) : std::move(json);
  return response;
}

}  // namespace cityid

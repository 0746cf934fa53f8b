#include "resolver/routes/answer_routes.h"

#include "ledger/find/past.h"
#include "resolver/message/form.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/show/link.h"
#include "resolver/show/linkset.h"
#include "resolver/words/problem.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// Returns true if the number of such answers is bounded by what is in the ledger: a cache can't be
/// flooded with them. `asked`: the path's identifier.
bool IsBounded(const Answer& answer, std::string_view asked) {
  if (answer.code) return true;
  const bool registered = answer.known != nullptr || answer.inactive.has_value();
  return registered && asked == answer.subject->text();
}

HandlerResult AnswerNow(const Call& call, std::string_view asked, const Query& query) {
  if (!call.shown) return NotAcceptable();
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto clock = call.service.now();
  auto resolved =
      ResolveFor(call.service, query, *view, view->head(), clock, call.service.subjects);
  if (!resolved) return resolved.error();
  const Document document(*std::move(resolved));
  const auto& answer = std::get<Answer>(document);
  Handled handled = ShowAnswer(document, *call.shown);
  if (!Row(answer.verdict).cacheable) {
    handled.response.headers.Add("Cache-Control", "no-store");
    return handled;
  }
  handled.response.fresh_until = FreshUntil(answer.ledger, answer.code, call.service, clock);
  // A page names the host that was asked for; only those of the policy are bounded in number.
  const std::string& host = call.shown->context.host;
  const bool bounded_host = host.empty() || HostOf(answer.ledger.policy->policy, host) == host;
  const LanguagePriority& priority = call.shown->context.priority;
  const bool bounded_texts = priority.is_usual() || IsSameForAll(answer, priority.page());
  if (bounded_host && bounded_texts && IsBounded(answer, asked)) handled.kept_for = view->version();
  return handled;
}

HandlerResult AnswerAsOf(const Call& call, const Query& query, std::string_view when) {
  if (!call.shown) return NotAcceptable();
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const auto read = ReadVersionTime(ledger->view, ledger->clock, when);
  if (!read) return read.error();
  if (const auto* failure = std::get_if<Failure>(&*read)) return *failure;
  const auto time = std::get<sys_seconds>(*read);
  const PastState past(ledger->view, time);
  auto answer = ResolveFor(call.service, query, past, ledger->mark.head, ledger->clock, nullptr);
  if (!answer) return answer.error();
  answer->as_of = time;
  Handled handled = ShowAnswer(*std::move(answer), *call.shown);
  handled.response.fresh_until = FreshUntil(ledger->mark, {}, call.service, ledger->clock);
  return handled;
}

/// Redirects to where a relation leads, which the ledger says.
HandlerResult Redirect(const Call& call, const Query& query, std::string_view link_type) {
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const std::string rel = RelationOf(link_type, ledger->mark.policy->policy);
  if (!IsRelation(rel)) {
    return Failure{400,
                   "linkType must be linkset or a relation, such as service-doc or _dataPortal"};
  }
  const auto answer = Resolve(query, ledger->view, ledger->mark.head, call.service.age,
                              ledger->clock, call.service.subjects);
  if (!answer) return answer.error();
  if (!answer->known) {
    if (!call.shown) return NotAcceptable();
    return ShowAnswer(*answer, *call.shown);
  }
  const Endpoint* link = FindLink(*answer->known, rel, PriorityOf(call.request));
  if (link == nullptr) {
    return Failure{404,
                   answer->subject->text() + " has no public link of the type " + rel +
                       "; ask for linkType=linkset to see those it has",
                   kNoSuchLink};
  }
  Response response;
  response.status = 307;
  response.headers = {
      {"Location", link->href}, {"Vary", "Accept-Language"}, {"Referrer-Policy", "no-referrer"}};
  response.fresh_until = FreshUntil(ledger->mark, {}, call.service, ledger->clock);
  Handled handled(std::move(response));
  handled.verdict = answer->verdict;
  return handled;
}

/// Answers about an identifier, by what the query asks of it.
HandlerResult AnswerSubject(const Call& call, std::string_view asked, const Query& query) {
  const std::string_view text = call.request.query();
  if (text.empty()) return AnswerNow(call, asked, query);
  const auto link_type = FormField(text, "linkType");
  if (!link_type) return link_type.error();
  const auto when = FormField(text, "versionTime");
  if (!when) return when.error();
  const bool leads = *link_type && !ChoosesRepresentation(**link_type);
  if (*when && leads) return Failure{400, "links lead to where they lead now"};
  if (*when) return AnswerAsOf(call, query, **when);
  if (leads) return Redirect(call, query, **link_type);
  return AnswerNow(call, asked, query);
}

}  // namespace

std::string RelationOf(std::string_view link_type, const Policy& policy) {
  for (const std::string_view base :
       {std::string_view("gs1:"), kGs1Vocabulary, std::string_view("https://gs1.org/voc/"),
        std::string_view("https://www.gs1.org/voc/")}) {
    if (link_type.starts_with(base))
      return std::string(kGs1Relation).append(link_type.substr(base.size()));
  }
  for (const std::string& host : policy.hosts) {
    const std::string base = "https://" + host + "/rel/";
    if (link_type.starts_with(base)) return std::string(link_type.substr(base.size()));
  }
  return std::string(link_type);
}

Result<Answer> ResolveFor(const Service& service, const Query& query, const State& state,
                          const Head& head, sys_seconds clock, SubjectReader* reader) {
  auto answer = Resolve(query, state, head, service.age, clock, reader);
  if (!answer || !answer->ended_by) return answer;
  auto reason = ReasonOf(state, *answer->ended_by);
  if (!reason) return reason.error();
  answer->reason = *std::move(reason);
  return answer;
}

Handled ShowAnswer(const Document& document, const Shown& shown) {
  const Verdict verdict = std::get<Answer>(document).verdict;
  Handled handled(Represent(Row(verdict).http_status, document, shown));
  handled.verdict = verdict;
  return handled;
}

std::optional<Failure> RefuseLinks(const Request& request) {
  for (const char* name : {"linkType", "versionTime"}) {
    const auto field = FormField(request.query(), name);
    if (!field || *field)
      return Failure{400, "a code takes neither linkType nor versionTime; ask its identifier"};
  }
  return std::nullopt;
}

HandlerResult GetFront(const Call& call) {
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  return Show(call, *ledger, FrontPage{ledger->mark, call.service.pictures != nullptr});
}

HandlerResult GetIdentifier(const Call& call) {
  return AnswerSubject(call, call.path[0], Query::Typed(call.path[0]));
}

HandlerResult GetIdentifierAs(const Call& call) {
  const auto link_type = FormField(call.request.query(), "linkType");
  if (!link_type || *link_type)
    return Failure{400, "this address takes no linkType; ask the identifier"};
  return GetIdentifier(call);
}

HandlerResult GetCode(const Call& call) {
  if (auto failure = RefuseLinks(call.request)) return *std::move(failure);
  return AnswerNow(call, {}, Query::Path(call.path[0], call.path[1]));
}

HandlerResult GetAlias(const Call& call) {
  const auto scheme = PathText(call.path[0], 32);
  const auto value = PathText(call.path[1], 128);
  if (!scheme || !value) return Failure{400, "an alias looks like /alias/unlocode/CNSJW"};
  // A scheme with a '|' would be another one and the beginning of its value.
  if (!IsAliasScheme(*scheme)) return Failure{404, "no scheme is called " + *scheme, kUnknownAlias};
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const auto id = FindAlias(ledger->view, *scheme, *value);
  if (!id) return id.error();
  if (!*id)
    return Failure{404, "no identifier has the " + *scheme + " code " + *value, kUnknownAlias};
  HandlerResult result = AnswerSubject(call, {}, Query{**id, {}, {}});
  if (auto* handled = std::get_if<Handled>(&result))
    handled->response.headers.Add("Content-Location", "/" + (*id)->text());
  return result;
}

}  // namespace cityid

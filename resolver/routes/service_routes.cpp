// The service itself.
#include <algorithm>

#include "codec/time_text.h"
#include "ledger/consortium/registry.h"
#include "ledger/proof/trust.h"
#include "ledger/record/content.h"
#include "resolver/answer/json_text.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/routes/routes.h"
#include "resolver/routing/openapi.h"
#include "resolver/show/represent.h"
#include "resolver/words/html_text.h"
#include "resolver/words/problem.h"

namespace cityid {

HandlerResult GetHealth(const Call&) {
  return Response{200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ok\n"};
}

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

/// Returns until when caches may keep what seldom changes.
std::chrono::sys_seconds InAnHour(const Call& call) {
  return call.service.now() + std::chrono::hours(1);
}

/// Writes what a registry waits for, since when, and for whom.
std::string WaitedText(const Waited& waited, std::chrono::sys_seconds now) {
  const auto seconds = std::max<std::int64_t>((now - waited.since).count(), 0);
  return "waiting for " + std::to_string(seconds) + " s: " + waited.what + "\n";
}

}  // namespace

HandlerResult GetReady(const Call& call) {
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  const Head& head = view->head();
  const auto now = call.service.now();
  std::string reasons;
  if (head.size.value == 0) {
    reasons += "the ledger is empty\n";
  } else if (const auto reached = view->CheckReached();
             !reached && call.service.registry == nullptr) {
    reasons += reached.error().detail + "\n";
  }
  if (head.frozen) reasons += "frozen: there is evidence against the log\n";
  if (head.size.value > 0 && now - head.time > call.service.age.hard)
    reasons += "the ledger is past its hard age\n";
  const auto waited =
      call.service.registry != nullptr ? call.service.registry->waited() : std::nullopt;
  const bool unconfirmed = waited && waited->standing == Standing::Kind::kUnconfirmed;
  if (unconfirmed) reasons += WaitedText(*waited, now);
  const bool ready = reasons.empty();
  // These are worth an alarm, but reading goes on.
  if (waited && !unconfirmed) reasons += WaitedText(*waited, now);
  if (const std::string ahead = TimeAhead(head.rules_time, now); !ahead.empty())
    reasons += ahead.substr(2) + "\n";
  // This is worth an alarm, but no reason to stop: the quorum's time counts instead.
  if (head.time > now + kCosignatureSkew)
    reasons += "this machine's clock is behind the quorum's\n";
  return Response{ready ? 200 : 503,
                  {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}},
                  (ready ? "ready\n" : "") + reasons};
}

HandlerResult GetRobots(const Call& call) {
  constexpr std::string_view kOurs =
      "User-agent: *\n"
      "Disallow: /1.0/\n"
      "Disallow: /ledger/\n"
      "Disallow: /registry/\n"
      "Disallow: /search\n";
  return Fixed(kText, call.service.notices.robots.value_or(std::string(kOurs)), InAnHour(call));
}

HandlerResult GetSecurity(const Call& call) {
  constexpr std::chrono::days kValid{90};
  const Notices& notices = call.service.notices;
  if (notices.contacts.empty()) return Failure{404, "the operator names no contact"};
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto policy = UncachedReader().ReadPolicy(*view);
  if (!policy) return policy.error();
  std::string text;
  for (const std::string& contact : notices.contacts) text += "Contact: " + contact + "\n";
  // The same for a day, so that it may be kept.
  const auto today = std::chrono::floor<std::chrono::days>(call.service.now());
  text += "Expires: " + TimeText(today + kValid) + "\n";
  std::string languages;
  for (const std::string& tag : notices.languages)
    languages += (languages.empty() ? "" : ", ") + tag;
  if (!languages.empty()) text += "Preferred-Languages: " + languages + "\n";
  for (const std::string& host : (*policy)->policy.hosts)
    text += "Canonical: https://" + host + "/.well-known/security.txt\n";
  return Fixed(kText, std::move(text), InAnHour(call));
}

HandlerResult GetProblem(const Call& call) {
  const ProblemText* problem = FindProblem(call.path[0]);
  if (problem == nullptr) return Failure{404, "there is no such type of problem"};
  if (!call.shown) return NotAcceptable();
  Response response = Represent(200, ProblemPage{problem->name, problem->status, {}}, *call.shown);
  response.fresh_until = InAnHour(call);
  return response;
}

HandlerResult GetRelation(const Call& call) {
  const std::string rel(call.path[0]);
  if (!IsRelation(rel) || rel[0] != '_')
    return Failure{404, "an extension relation begins with '_', such as _dataPortal"};
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("relation", rel).Name("text").BeginObject();
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const auto language = static_cast<Language>(i);
    json.Member(Tag(language), WordsFor(rel, language));
  }
  json.EndObject().Member("peers", "/{prefix}/peers?rel=" + rel).EndObject();
  return Fixed("application/json", out + "\n", InAnHour(call));
}

HandlerResult GetOpenApi(const Call& call) {
  static const std::string kDocument = OpenApiOf(ResolverRouter().table());
  Response response = Fixed("application/json", kDocument, InAnHour(call));
  AddTag(response);
  return response;
}

}  // namespace cityid

#include "resolver/routes/service_routes.h"

#include "ledger/proof/trust.h"
#include "ledger/record/content.h"
#include "resolver/show/html_text.h"
#include "resolver/show/problem.h"
#include "resolver/show/represent.h"

namespace cityid {

Response GetHealth(const Service&, const Request&, const PathParameters&) {
  return Response{200, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, "ok\n"};
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

Response GetProblem(const Service& service, const Request& request, const PathParameters& path) {
  const ProblemText* problem = FindProblem(path[0]);
  if (problem == nullptr) return Problem(404, "there is no such type of problem");
  const auto shown = Negotiate(request, false);
  if (!shown) return Problem(406, "this comes as application/json, application/cbor or text/html");
  Response response = Represent(200, ProblemPage{problem->name, problem->status, {}}, *shown);
  response.fresh_until = service.now() + std::chrono::hours(1);
  return response;
}

Response GetRelation(const Service& service, const Request&, const PathParameters& path) {
  const std::string rel(path[0]);
  if (!IsRelation(rel) || rel[0] != '_')
    return Problem(404, "an extension relation begins with '_', such as _dataPortal");
  std::string json = "{\"relation\":\"" + rel + "\",\"text\":{";
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const auto language = static_cast<Language>(i);
    json.append(i > 0 ? ",\"" : "\"").append(Tag(language)).append("\":\"");
    json.append(WordsFor(rel, language)).append("\"");
  }
  json += "},\"peers\":\"/{prefix}/peers?rel=" + rel + "\"}\n";
  Response response;
  response.headers = {{"Content-Type", "application/json"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(json);
  response.fresh_until = service.now() + std::chrono::hours(1);
  return response;
}

}  // namespace cityid

#include "cli/checking/remote_answer.h"

#include <algorithm>

#include "cli/checking/answer_text.h"
#include "cli/console/clock.h"
#include "cli/console/remote_json.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/check.h"
#include "resolver/answer/json_text.h"
#include "resolver/answer/resolve.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

AnswerLines ReadLines(Verdict verdict, const RemoteJson& json) {
  AnswerLines lines;
  lines.verdict = verdict;
  for (const RemoteJson& name : json["names"].items()) lines.AddName(name.Plain());
  lines.id = json["id"].Plain();
  if (json["check"].IsPresent()) lines.id += "-" + json["check"].Plain();
  lines.why = json["detail"].Plain();
  lines.nearest = json["nearest"].Plain();
  lines.level = json["level"].Plain();
  lines.population = json["population"].Plain();
  if (const RemoteJson& position = json["position"]; position.IsPresent())
    lines.position = position["latitude"].Plain() + ", " + position["longitude"].Plain();
  for (const RemoteJson& endpoint : json["endpoints"].items()) {
    const RemoteJson& href = endpoint["href"];
    lines.AddEndpoint(href.IsPresent() ? href.Plain() : "private address", endpoint["rel"].Plain(),
                      endpoint["access"].Plain());
  }
  if (const RemoteJson& code = json["code"]; code.IsPresent()) {
    lines.SetCode(code["purpose"].Plain(), code["serial"].Plain(), code["issued"].Plain(),
                  code["signedBy"].Plain());
    lines.expires = code["expires"].Plain();
  }
  if (const RemoteJson& ledger = json["ledger"]; ledger.IsPresent()) {
    lines.SetLedger(ledger["origin"].Plain(), ledger["size"].Plain(), ledger["time"].Plain(),
                    ledger["stale"].IsTrue(), ledger["frozen"].IsTrue());
  }
  return lines;
}

/// Returns true if the policy that the answer names has this host.
bool NamesHost(const RemoteJson& json, const std::string& host) {
  return std::ranges::any_of(json["ledger"]["hosts"].items(), [&](const RemoteJson& item) {
    return item.IsText() && item.Plain() == host;
  });
}

}  // namespace

RenderedAnswer NoCode(const Error& error) {
  const bool unsupported = error.code == Errc::kUnsupported;
  return LocalAnswer(unsupported ? Verdict::kUnsupported : Verdict::kMalformed, error.detail);
}

RenderedAnswer LocalAnswer(Verdict verdict, const std::string& detail,
                           const std::optional<CityId>& subject) {
  RenderedAnswer shown{verdict, {}, {}};
  JsonText json(shown.json);
  json.BeginObject().Member("verdict", Name(verdict)).Member("detail", detail);
  if (subject) json.Member("id", subject->text());
  json.EndObject();
  AnswerLines lines;
  lines.verdict = verdict;
  lines.why = detail;
  if (subject) lines.id = subject->text();
  shown.text = AnswerText(lines);
  return shown;
}

Result<RenderedAnswer> AskResolver(const std::string& resolver, const ScannedCode& scanned) {
  const auto fetched = Fetch(resolver, "/" + AboutCode(scanned.code), "application/json");
  if (!fetched) return fetched.error();
  const RemoteJson json = RemoteJson::Parse(fetched->body);
  const auto verdict = VerdictFromName(json["verdict"].Plain());
  if (!verdict) {
    return Error{Errc::kNetwork, resolver + " answered " + std::to_string(fetched->status) +
                                     ", but not as a resolver does"};
  }
  if (scanned.host && !NamesHost(json, *scanned.host)) {
    return LocalAnswer(Verdict::kWrongHost, "'" + *scanned.host + "' is no host of the policy",
                       scanned.code.claims.subject);
  }
  return RenderedAnswer{*verdict, json.Json(), AnswerText(ReadLines(*verdict, json))};
}

Result<RenderedAnswer> AskLedger(const Replica& replica, ByteView content) {
  const auto view = replica.Read();
  if (!view) return view.error();
  if (const auto reached = view->CheckReached(); !reached) return reached.error();
  const auto answer = Resolve(Query::Scanned(content), *view, view->head(), AgeLimits{}, Now());
  if (!answer) return answer.error();
  return RenderedAnswer{answer->verdict, AnswerJson(*answer), AnswerText(*answer)};
}

Result<RenderedAnswer> AskLedger(const std::string& directory, ByteView content) {
  const auto replica = Replica::Open(directory, Replica::Mode::kRead);
  if (!replica) return replica.error();
  return AskLedger(*replica, content);
}

}  // namespace cityid::cli

#include "cli/checking/remote_answer.h"

#include <algorithm>
#include <cstdio>

#include "cli/checking/answer_text.h"
#include "cli/console/remote_json.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

/// Returns true if the policy that the answer names has this host.
bool NamesHost(const RemoteJson& json, const std::string& host) {
  return std::ranges::any_of(json["ledger"]["hosts"].items(), [&](const RemoteJson& item) {
    return item.IsText() && item.Plain() == host;
  });
}

/// Returns an answer that was decided without asking anybody.
RenderedAnswer LocalAnswer(Verdict verdict, const std::string& detail, const Query& query = {}) {
  RenderedAnswer answer{verdict, {}};
  JsonText json(answer.json);
  json.BeginObject().Member("verdict", Name(verdict)).Member("detail", detail);
  if (const auto* code = std::get_if<ClaimedCode>(&query.subject))
    json.Member("id", code->claims.subject.text());
  if (const auto* id = std::get_if<CityId>(&query.subject)) json.Member("id", id->text());
  json.EndObject();
  return answer;
}

}  // namespace

RenderedAnswer RenderedAnswer::Of(const CheckedAnswer& checked) {
  return {checked.answer.verdict, CheckedJson(checked)};
}

int PrintAnswer(const RenderedAnswer& answer, bool json) {
  const std::string out = json ? answer.json + "\n" : AnswerText(answer.verdict, answer.json);
  std::fwrite(out.data(), 1, out.size(), stdout);
  return Row(answer.verdict).exit_status;
}

Asked AboutScanned(const ScannedCode& scanned) {
  return {"/" + AboutCode(scanned.code), Query{scanned.code, scanned.host, {}}};
}

RenderedAnswer NoCode(const Error& error) {
  const bool unsupported = error.code == Errc::kUnsupported;
  return LocalAnswer(unsupported ? Verdict::kUnsupported : Verdict::kMalformed, error.detail);
}

Result<RenderedAnswer> Ask(const Resolver& resolver, const Asked& asked) {
  const auto fetched = resolver.Get(asked.target);
  if (!fetched) return fetched.error();
  const RemoteJson json = RemoteJson::Parse(fetched->body);
  const auto verdict = VerdictFromName(json["verdict"].Plain());
  if (!verdict) return resolver.Refusal(*fetched);
  if (const auto& host = asked.query.host; host && !NamesHost(json, *host)) {
    return LocalAnswer(Verdict::kWrongHost, "'" + *host + "' is no host of the policy",
                       asked.query);
  }
  return RenderedAnswer{*verdict, json.Json()};
}

}  // namespace cityid::cli

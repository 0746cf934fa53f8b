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

/// Returns true if an answer can be one to what was asked. It doesn't take a proof to see that it
/// is about somebody else, or that a code was judged where none was asked about.
bool Fits(Verdict verdict, const RemoteJson& json, const Query& query) {
  const auto* code = std::get_if<ClaimedCode>(&query.subject);
  const auto* id = std::get_if<CityId>(&query.subject);
  if (verdict == Verdict::kValid && code == nullptr) return false;
  if (verdict == Verdict::kMalformed && id != nullptr) return false;
  if (code == nullptr && id == nullptr) return true;  // an alias, or what has to be corrected
  const std::string said = json["id"].Plain();
  if (said.empty()) return Row(verdict).exit_status != 0;
  return said == (code ? code->claims.subject : *id).text();
}

/// Returns an answer that was decided without asking anybody.
RenderedAnswer LocalAnswer(Verdict verdict, const std::string& detail, const Query& query = {},
                           const RemoteJson& ledger = {}) {
  Answer decided;
  decided.verdict = verdict;
  decided.detail = detail;
  if (const auto* code = std::get_if<ClaimedCode>(&query.subject))
    decided.subject = code->claims.subject;
  if (const auto* id = std::get_if<CityId>(&query.subject)) decided.subject = *id;
  RenderedAnswer answer{verdict, {}};
  JsonText json(answer.json);
  json.BeginObject();
  AppendAnswer(json, decided, "");
  if (ledger.IsPresent()) json.Name("ledger").Raw(ledger.Json());
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
    auto answer = LocalAnswer(Verdict::kWrongHost, "'" + *host + "' is no host of the policy",
                              asked.query, json["ledger"]);
    answer.unchecked = true;
    return answer;
  }
  if (!Fits(*verdict, json, asked.query)) {
    return Error{Errc::kNetwork, resolver.name() + " answered about something else than " +
                                     asked.target.substr(1)};
  }
  return RenderedAnswer{*verdict, json.Json(), true};
}

Result<std::vector<std::string>> HostsOf(const Resolver& resolver) {
  const auto fetched = resolver.Get("/");
  if (!fetched) return fetched.error();
  std::vector<std::string> hosts;
  const RemoteJson json = RemoteJson::Parse(fetched->body);
  for (const RemoteJson& item : json["ledger"]["hosts"].items())
    if (item.IsText()) hosts.push_back(item.Plain());
  if (hosts.empty()) return resolver.NoResolver(*fetched);
  return hosts;
}

}  // namespace cityid::cli

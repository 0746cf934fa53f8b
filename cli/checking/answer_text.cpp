#include "cli/checking/answer_text.h"

#include "cli/console/terminal.h"
#include "codec/address.h"
#include "codec/time_text.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

void AddShown(std::string& out, std::string name, const std::string& value) {
  if (value.empty()) return;
  name.resize(11, ' ');
  out += "  " + name + value + "\n";
}

void AddLine(std::string& out, std::string name, const std::string& value) {
  AddShown(out, std::move(name), Printable(value));
}

std::string DegreesText(std::int64_t degrees) {
  std::string text;
  JsonText(text).Decimal(degrees, 7);
  return text;
}

void AddSubject(AnswerLines& lines, const Holding& holding) {
  const Metadata& metadata = holding.metadata;
  lines.level = metadata.level;
  if (metadata.population) lines.population = std::to_string(*metadata.population);
  if (metadata.position) {
    lines.position =
        DegreesText(metadata.position->latitude) + ", " + DegreesText(metadata.position->longitude);
  }
  for (const Endpoint& endpoint : holding.endpoints) {
    lines.AddEndpoint(IsPublicAddress(endpoint.href) ? endpoint.href : "private address",
                      endpoint.rel, std::string(Name(endpoint.access)));
  }
}

AnswerLines LinesOf(const Answer& answer) {
  AnswerLines lines;
  lines.verdict = answer.verdict;
  const Holding* holding = answer.known ? &answer.known->self().holding : nullptr;
  for (const auto& [language, name] : holding ? holding->metadata.names : answer.names)
    lines.AddName(name);
  if (answer.subject) lines.id = answer.subject->text() + "-" + answer.subject->CheckCharacters();
  lines.why = answer.detail;
  if (answer.nearest) lines.nearest = answer.nearest->text();
  if (holding) AddSubject(lines, *holding);
  if (answer.code) {
    const CodeClaims& claims = answer.code->claims;
    lines.SetCode(std::string(Name(claims.purpose)), std::to_string(claims.serial),
                  TimeText(claims.issued_at), answer.code->signed_by.text());
    if (const auto expires = claims.expires_at()) lines.expires = TimeText(*expires);
  }
  if (const LedgerMark& ledger = answer.ledger; ledger.policy) {
    lines.SetLedger(ledger.policy->origin, std::to_string(ledger.head.size.value),
                    TimeText(ledger.head.time), ledger.stale, ledger.head.frozen);
  }
  return lines;
}

}  // namespace

void AnswerLines::AddName(const std::string& name) {
  names += (names.empty() ? "" : " · ") + Printable(name);
}

void AnswerLines::AddEndpoint(const std::string& href, const std::string& rel,
                              const std::string& access) {
  endpoints.push_back(href + " (" + rel + ", " + access + ")");
}

void AnswerLines::SetCode(const std::string& purpose, const std::string& serial,
                          const std::string& issued, const std::string& signed_by) {
  code = "purpose " + purpose + ", serial " + serial + ", issued " + issued + ", signed by " +
         signed_by;
}

void AnswerLines::SetLedger(const std::string& origin, const std::string& size,
                            const std::string& time, bool stale, bool frozen) {
  ledger = origin + ", " + size + " entries, as of " + time +
           (stale ? ", more than an hour old" : "") +
           (frozen ? ", FROZEN: there is evidence against the log" : "");
}

std::string AnswerText(const AnswerLines& lines) {
  std::string out = std::string(Name(lines.verdict)) + ": " +
                    std::string(Text(lines.verdict, Language::kEnglish).title) + "\n";
  AddShown(out, "name", lines.names);
  AddLine(out, "id", lines.id);
  if (lines.names.empty()) AddLine(out, "why", lines.why);
  AddLine(out, "nearest", lines.nearest);
  AddLine(out, "level", lines.level);
  AddLine(out, "population", lines.population);
  AddLine(out, "position", lines.position);
  for (const std::string& endpoint : lines.endpoints) AddLine(out, "endpoint", endpoint);
  // What a code says that isn't valid is no fact.
  AddLine(out, lines.verdict == Verdict::kValid ? "code" : "claims", lines.code);
  AddLine(out, "expires", lines.expires);
  AddLine(out, "ledger", lines.ledger);
  return out;
}

std::string AnswerText(const Answer& answer) { return AnswerText(LinesOf(answer)); }

}  // namespace cityid::cli

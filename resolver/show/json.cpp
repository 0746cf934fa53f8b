// JSON: what there is to say, or a problem document (RFC 9457).
#include <array>

#include "codec/address.h"
#include "codec/time_text.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/problem.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

void PutIds(JsonText& json, std::string_view name, const std::vector<CityId>& ids) {
  if (ids.empty()) return;
  json.Name(name).BeginArray();
  for (const CityId& id : ids) json.Text(id.text());
  json.EndArray();
}

void PutTexts(JsonText& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.Name(name).BeginArray();
  for (const std::string& text : texts) json.Text(text);
  json.EndArray();
}

void PutEndpoint(JsonText& json, const Endpoint& endpoint) {
  json.BeginObject().Member("rel", endpoint.rel);
  // What a private address says depends on who asks it: it is nothing to hand on.
  if (IsPublicAddress(endpoint.href)) {
    json.Member("href", endpoint.href);
    json.Name("encrypted")
        .Bool(endpoint.href.starts_with("https://") || endpoint.href.starts_with("coaps://"));
  }
  json.Member("type", endpoint.type);
  if (!endpoint.title.empty()) json.Member("title", endpoint.title);
  PutTexts(json, "hreflang", endpoint.languages);
  json.Member("access", Name(endpoint.access));
  json.Member("licence", endpoint.licence);
  PutTexts(json, "conformsTo", endpoint.conforms_to);
  PutIds(json, "partners", endpoint.partners);
  json.EndObject();
}

void PutKey(JsonText& json, const KeyGrant& grant, const Sha256Hash& hash) {
  json.BeginObject();
  json.Member("kid", Hex(hash.view().first(KeyHint::kSize))).Member("key", Hex(grant.key));
  json.Member("use", Name(grant.use));
  if (!grant.purposes.empty()) {
    json.Name("purposes").BeginArray();
    for (const Purpose purpose : grant.purposes) json.Text(Name(purpose));
    json.EndArray();
  }
  if (grant.use == KeyUse::kCode) json.Member("depth", std::uint64_t{grant.depth});
  json.Member("status", Name(grant.status));
  if (grant.retired_at)
    json.Member("retiredAt",
                TimeText(sys_seconds(seconds(static_cast<std::int64_t>(*grant.retired_at)))));
  json.EndObject();
}

void PutCode(JsonText& json, const CodeFacts& code) {
  const CodeClaims& claims = code.claims;
  json.Name("code").BeginObject();
  json.Member("purpose", Name(claims.purpose)).Member("issued", TimeText(claims.issued_at));
  if (const auto expires = claims.expires_at()) json.Member("expires", TimeText(*expires));
  json.Member("serial", std::uint64_t{claims.serial}).Member("kid", Hex(claims.kid));
  json.Member("signedBy", code.signed_by.text());
  if (claims.document) {
    json.Name("document").BeginObject();
    json.Member("type", claims.document->type).Member("number", claims.document->number);
    if (claims.document->date) json.Member("date", DateText(*claims.document->date));
    if (claims.document->digest) json.Member("sha256", Hex(*claims.document->digest));
    json.EndObject();
  }
  json.EndObject();
}

void PutRecord(JsonText& json, std::string_view name, const RecordRef& ref) {
  json.Name(name).BeginObject().Member("index", ref.index).Member("hash", Hex(ref.hash));
}

void PutItem(JsonText& json, const ListItem& item, ListKind kind) {
  json.BeginObject();
  if (item.id) json.Member("id", item.id->text());
  if (kind != ListKind::kHistory) {
    json.Member("names", item.names).Member("level", item.level);
    json.Member("status", Name(item.status));
  }
  if (item.endpoint) PutEndpoint(json.Name("endpoint"), *item.endpoint);
  if (item.change) {
    const std::uint64_t index = item.change->index.value;
    json.Member("index", index).Member("time", TimeText(item.change->time));
    json.Member("type", item.type);
    if (item.record) json.Member("hash", Hex(item.record->hash));
    json.Member("entry", "/ledger/entry/" + std::to_string(index));
  }
  json.EndObject();
}

void PutLedger(JsonText& json, const LedgerMark& ledger) {
  json.Name("ledger").BeginObject().Raw(ledger.policy->json);
  json.Member("size", ledger.head.size.value).Member("root", Hex(ledger.head.root));
  json.Member("time", TimeText(ledger.head.time)).Name("stale").Bool(ledger.stale);
  if (ledger.head.frozen) json.Name("frozen").Bool(true);
  json.EndObject();
}

void PutAnswer(JsonText& json, const Answer& answer) {
  const VerdictRow& row = Row(answer.verdict);
  json.Member("verdict", row.name);
  if (!answer.known) {
    json.Member("type", "/problems/" + std::string(row.name));
    json.Member("title", Text(answer.verdict, Language::kEnglish).title);
    json.Member("status", static_cast<std::uint64_t>(row.http_status));
    // What was typed may come back here.
    json.Member("detail", answer.detail);
  }
  if (answer.subject)
    json.Member("id", answer.subject->text()).Member("check", answer.subject->CheckCharacters());
  if (!answer.names.empty()) json.Member("names", answer.names);
  if (answer.as_of) json.Member("versionTime", TimeText(*answer.as_of));
  if (answer.nearest) json.Member("nearest", answer.nearest->text());
  PutIds(json, "suggestions", answer.suggestions);
  if (answer.inactive) json.Member("inactive", answer.inactive->text());
  if (answer.successor) json.Member("successor", answer.successor->text());
  if (answer.ended_by) {
    PutRecord(json, "endedBy", *answer.ended_by);
    json.Member("reason", answer.reason).EndObject();
  }
  if (answer.known) json.Raw(answer.known->json);
  if (answer.code) PutCode(json, *answer.code);
}

void PutMembers(JsonText& json, const Answer& answer) {
  PutAnswer(json, answer);
  PutLedger(json, answer.ledger);
}

void PutMembers(JsonText& json, const Listing& listing) {
  json.Member(listing.kind == ListKind::kSearch ? "query" : "of", listing.about);
  json.Name(Name(listing.kind)).BeginArray();
  for (const ListItem& item : listing.items) PutItem(json, item, listing.kind);
  json.EndArray().Member("next", listing.next);
  if (listing.since) json.Member("since", TimeText(*listing.since));
  PutLedger(json, listing.ledger);
}

void PutMembers(JsonText& json, const FrontPage& front) {
  json.Member("about", "A resolver of CityID: signed identifiers of cities.");
  json.Member("resolve", "/{id}").Member("code", "/{id}/{token}");
  json.Member("search", "/search?q={text}").Member("alias", "/alias/{scheme}/{value}");
  json.Member("bulk", "/resolve").Member("verify", "/verify").Member("openapi", "/openapi.json");
  PutLedger(json, front.ledger);
}

void PutMembers(JsonText& json, const ProblemPage& problem) {
  json.Member("type", "/problems/" + std::string(problem.name));
  if (!problem.detail.empty()) json.Member("title", ReasonPhrase(problem.status));
  json.Member("status", static_cast<std::uint64_t>(problem.status));
  const ProblemText* text = FindProblem(problem.name);
  if (text == nullptr || !problem.detail.empty()) {
    json.Member("detail", problem.detail);
    return;
  }
  if (const auto verdict = VerdictFromName(problem.name)) {
    json.Member("verdict", problem.name);
    json.Member("exit", static_cast<std::uint64_t>(Row(*verdict).exit_status));
  }
  json.Name("text").BeginObject();
  for (std::size_t i = 0; i < kLanguages; ++i) {
    json.Name(Tag(static_cast<Language>(i))).BeginObject();
    json.Member("title", text->text[i].title).Member("advice", text->text[i].advice).EndObject();
  }
  json.EndObject();
}

}  // namespace

std::string_view Name(ListKind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"results", "children", "peers", "changes"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string SubjectMembers(const Subject& subject) {
  const Level& self = subject.self();
  const Metadata& metadata = self.holding.metadata;
  std::string out;
  out.reserve(1024);
  JsonText json(out);
  json.Member("names", metadata.names).Member("level", metadata.level);
  json.Member("status", Name(self.state.status)).Member("country", metadata.country);
  if (metadata.position) {
    json.Name("position").BeginObject();
    json.Name("latitude").Decimal(metadata.position->latitude, 7);
    json.Name("longitude").Decimal(metadata.position->longitude, 7).EndObject();
  }
  if (metadata.website && IsPublicAddress(*metadata.website))
    json.Member("website", metadata.website);
  json.Member("timeZone", metadata.time_zone).Member("population", metadata.population);
  json.Member("aliases", subject.aliases);
  json.Name("ancestors").BeginArray();
  for (std::size_t i = 1; i < subject.levels.size(); ++i) {
    const Level& ancestor = subject.levels[i];
    json.BeginObject().Member("id", ancestor.id.text());
    json.Member("names", ancestor.holding.metadata.names).EndObject();
  }
  json.EndArray().Name("endpoints").BeginArray();
  for (const Endpoint& endpoint : self.holding.endpoints) PutEndpoint(json, endpoint);
  json.EndArray().Name("keys").BeginArray();
  for (std::size_t i = 0; i < self.holding.keys.size(); ++i)
    PutKey(json, self.holding.keys[i], self.key_hashes[i]);
  json.EndArray();
  PutIds(json, "predecessors", self.state.predecessors);
  PutRecord(json, "record", self.state.holder);
  json.EndObject();
  return out;
}

std::string PolicyMembers(const PolicyState& policy) {
  std::string out;
  JsonText json(out);
  json.Member("origin", policy.origin).Member("log", Hex(policy.log));
  PutTexts(json, "hosts", policy.policy.hosts);
  return out;
}

std::string AnswerMembers(const Answer& answer) {
  std::string out;
  JsonText json(out);
  PutAnswer(json, answer);
  return out;
}

std::string LedgerMember(const LedgerMark& ledger) {
  std::string out;
  JsonText json(out);
  PutLedger(json, ledger);
  return out;
}

std::string RenderJson(const Document& document, const RenderContext&) {
  std::string out;
  out.reserve(2048);
  JsonText json(out);
  json.BeginObject();
  std::visit([&](const auto& page) { PutMembers(json, page); }, document);
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace cityid

// JSON: the answer, or a problem document (RFC 9457).
#include <nlohmann/json.hpp>

#include "ledger/address.h"
#include "resolver/represent.h"
#include "resolver/time_text.h"

namespace cityid {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;
using std::chrono::sys_seconds;

Json TextsJson(const TextMap& texts) {
  Json json = Json::object();
  for (const auto& [key, text] : texts) json[key] = text;
  return json;
}

template <class T>
void PutIf(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

Json LedgerJson(const LedgerMark& ledger) {
  Json json = {{"origin", ledger.origin},       {"log", Hex(ledger.log)},
               {"hosts", ledger.hosts},         {"size", ledger.head.size.value},
               {"root", Hex(ledger.head.root)}, {"time", TimeText(ledger.head.time)},
               {"stale", ledger.stale}};
  if (ledger.head.frozen) json["frozen"] = true;
  return json;
}

Json EndpointJson(const Endpoint& endpoint) {
  Json json = {{"rel", endpoint.rel}};
  // What a private address says depends on who asks it: it is nothing to hand on.
  if (IsPublicAddress(endpoint.href)) {
    json["href"] = endpoint.href;
    json["encrypted"] =
        endpoint.href.starts_with("https://") || endpoint.href.starts_with("coaps://");
  }
  PutIf(json, "type", endpoint.type);
  if (!endpoint.title.empty()) json["title"] = TextsJson(endpoint.title);
  if (!endpoint.languages.empty()) json["hreflang"] = endpoint.languages;
  json["access"] = Name(endpoint.access);
  PutIf(json, "licence", endpoint.licence);
  if (!endpoint.conforms_to.empty()) json["conformsTo"] = endpoint.conforms_to;
  for (const CityId& partner : endpoint.partners) json["partners"].push_back(partner.text());
  return json;
}

Json KeyJson(const KeyGrant& grant) {
  Json json = {{"kid", Hex(HintOf(grant.key))}, {"key", Hex(grant.key)}, {"use", Name(grant.use)}};
  for (const Purpose purpose : grant.purposes) json["purposes"].push_back(Name(purpose));
  if (grant.use == KeyUse::kCode) json["depth"] = grant.depth;
  json["status"] = Name(grant.status);
  if (grant.retired_at) json["retiredAt"] = TimeText(sys_seconds(seconds(*grant.retired_at)));
  return json;
}

Json CodeJson(const CodeFacts& code) {
  const CodeClaims& claims = code.claims;
  Json json = {{"purpose", Name(claims.purpose)}, {"issued", TimeText(claims.issued_at)}};
  if (const auto expires = claims.expires_at()) json["expires"] = TimeText(*expires);
  json["serial"] = claims.serial;
  json["kid"] = Hex(claims.kid);
  json["signedBy"] = code.signed_by.text();
  if (claims.document) {
    Json& document = json["document"];
    document = {{"type", claims.document->type}, {"number", claims.document->number}};
    if (claims.document->date) document["date"] = DateText(*claims.document->date);
    if (claims.document->digest) document["sha256"] = Hex(*claims.document->digest);
  }
  return json;
}

void PutHolding(Json& json, const Answer& answer) {
  const Metadata& metadata = answer.holding->metadata;
  json["names"] = TextsJson(metadata.names);
  json["level"] = metadata.level;
  json["status"] = Name(answer.state->status);
  PutIf(json, "country", metadata.country);
  if (metadata.position) {
    json["position"] = {{"latitude", static_cast<double>(metadata.position->latitude) / 1e7},
                        {"longitude", static_cast<double>(metadata.position->longitude) / 1e7}};
  }
  if (metadata.website && IsPublicAddress(*metadata.website)) json["website"] = *metadata.website;
  PutIf(json, "timeZone", metadata.time_zone);
  PutIf(json, "population", metadata.population);
  json["aliases"] = TextsJson(answer.aliases);
  json["ancestors"] = Json::array();
  for (const Ancestor& ancestor : answer.ancestors) {
    json["ancestors"].push_back({{"id", ancestor.id.text()}, {"names", TextsJson(ancestor.names)}});
  }
  json["endpoints"] = Json::array();
  for (const Endpoint& endpoint : answer.holding->endpoints) {
    json["endpoints"].push_back(EndpointJson(endpoint));
  }
  json["keys"] = Json::array();
  for (const KeyGrant& grant : answer.holding->keys) json["keys"].push_back(KeyJson(grant));
  for (const CityId& id : answer.state->predecessors) json["predecessors"].push_back(id.text());
  json["record"] = {{"index", answer.state->holder.index},
                    {"hash", Hex(answer.state->holder.hash)}};
}

}  // namespace

std::string RenderVerdict(Verdict verdict) {
  const VerdictRow& row = Row(verdict);
  Json json = {{"verdict", row.name}, {"status", row.http_status}, {"exit", row.exit_status}};
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const VerdictText& text = row.text[i];
    json["text"][std::string(Tag(static_cast<Language>(i)))] = {{"title", text.title},
                                                                {"advice", text.advice}};
  }
  return json.dump() + "\n";
}

std::string RenderJson(const Answer& answer, const RenderContext&) {
  const VerdictRow& row = Row(answer.verdict);
  Json json;
  json["verdict"] = row.name;
  if (!answer.holding) {
    json["type"] = "/problems/" + std::string(row.name);
    json["title"] = Text(answer.verdict, Language::kEnglish).title;
    json["status"] = row.http_status;
    json["detail"] = answer.detail;
  }
  if (answer.subject) {
    json["id"] = answer.subject->text();
    json["check"] = answer.subject->CheckCharacters();
  }
  if (answer.nearest) json["nearest"] = answer.nearest->text();
  if (answer.inactive) json["inactive"] = answer.inactive->text();
  if (answer.successor) json["successor"] = answer.successor->text();
  if (answer.holding) PutHolding(json, answer);
  if (answer.code) json["code"] = CodeJson(*answer.code);
  json["ledger"] = LedgerJson(answer.ledger);
  // What was typed may come back in `detail`; it is made valid UTF-8 here.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cityid

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

/// The members of an object without its braces. What came from outside is made valid UTF-8 here.
std::string Members(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

/// A member whose value is text of ours that needs no escape.
void Put(std::string& json, std::string_view name, std::string_view value) {
  if (json.back() != '{') json += ',';
  json.append("\"").append(name).append("\":\"").append(value).append("\"");
}
void Put(std::string& json, std::string_view name, std::uint64_t value) {
  json.append(",\"").append(name).append("\":").append(std::to_string(value));
}

void PutLedger(std::string& json, const LedgerMark& ledger) {
  json.append(",\"ledger\":{").append(ledger.policy->json);
  Put(json, "size", ledger.head.size.value);
  Put(json, "root", Hex(ledger.head.root));
  Put(json, "time", TimeText(ledger.head.time));
  json += ledger.stale ? ",\"stale\":true" : ",\"stale\":false";
  if (ledger.head.frozen) json += ",\"frozen\":true";
  json += '}';
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

void PutCode(std::string& json, const CodeFacts& code) {
  const CodeClaims& claims = code.claims;
  json += ",\"code\":{";
  Put(json, "purpose", Name(claims.purpose));
  Put(json, "issued", TimeText(claims.issued_at));
  if (const auto expires = claims.expires_at()) Put(json, "expires", TimeText(*expires));
  Put(json, "serial", claims.serial);
  Put(json, "kid", Hex(claims.kid));
  Put(json, "signedBy", code.signed_by.text());
  if (claims.document) {
    Json document = {{"type", claims.document->type}, {"number", claims.document->number}};
    if (claims.document->date) document["date"] = DateText(*claims.document->date);
    if (claims.document->digest) document["sha256"] = Hex(*claims.document->digest);
    json.append(",\"document\":{").append(Members(document)).append("}");
  }
  json += '}';
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

std::string SubjectMembers(const Subject& subject) {
  const Level& self = subject.self();
  const Metadata& metadata = self.holding.metadata;
  Json json;
  json["names"] = TextsJson(metadata.names);
  json["level"] = metadata.level;
  json["status"] = Name(self.state.status);
  PutIf(json, "country", metadata.country);
  if (metadata.position) {
    json["position"] = {{"latitude", static_cast<double>(metadata.position->latitude) / 1e7},
                        {"longitude", static_cast<double>(metadata.position->longitude) / 1e7}};
  }
  if (metadata.website && IsPublicAddress(*metadata.website)) json["website"] = *metadata.website;
  PutIf(json, "timeZone", metadata.time_zone);
  PutIf(json, "population", metadata.population);
  json["aliases"] = TextsJson(subject.aliases);
  json["ancestors"] = Json::array();
  for (std::size_t i = 1; i < subject.levels.size(); ++i) {
    const Level& ancestor = subject.levels[i];
    json["ancestors"].push_back(
        {{"id", ancestor.id.text()}, {"names", TextsJson(ancestor.holding.metadata.names)}});
  }
  json["endpoints"] = Json::array();
  for (const Endpoint& endpoint : self.holding.endpoints)
    json["endpoints"].push_back(EndpointJson(endpoint));
  json["keys"] = Json::array();
  for (const KeyGrant& grant : self.holding.keys) json["keys"].push_back(KeyJson(grant));
  for (const CityId& id : self.state.predecessors) json["predecessors"].push_back(id.text());
  json["record"] = {{"index", self.state.holder.index}, {"hash", Hex(self.state.holder.hash)}};
  return Members(json);
}

std::string PolicyMembers(const PolicyState& policy) {
  return Members(
      Json{{"origin", policy.origin}, {"log", Hex(policy.log)}, {"hosts", policy.policy.hosts}});
}

std::string RenderJson(const Answer& answer, const RenderContext&) {
  const VerdictRow& row = Row(answer.verdict);
  std::string json = "{";
  json.reserve(2048);
  Put(json, "verdict", row.name);
  if (!answer.known) {
    // What was typed may come back in `detail`.
    json.append(",").append(Members(Json{{"type", "/problems/" + std::string(row.name)},
                                         {"title", Text(answer.verdict, Language::kEnglish).title},
                                         {"status", row.http_status},
                                         {"detail", answer.detail}}));
  }
  if (answer.subject) {
    Put(json, "id", answer.subject->text());
    Put(json, "check", answer.subject->CheckCharacters());
  }
  if (answer.nearest) Put(json, "nearest", answer.nearest->text());
  if (answer.inactive) Put(json, "inactive", answer.inactive->text());
  if (answer.successor) Put(json, "successor", answer.successor->text());
  if (answer.known) json.append(",").append(answer.known->json);
  if (answer.code) PutCode(json, *answer.code);
  PutLedger(json, answer.ledger);
  json += "}\n";
  return json;
}

}  // namespace cityid

// JSON: the answer, or a problem document (RFC 9457).
#include <array>
#include <nlohmann/json.hpp>

#include "ledger/address.h"
#include "resolver/problem.h"
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

std::vector<std::string> IdTexts(const std::vector<CityId>& ids) {
  std::vector<std::string> texts;
  for (const CityId& id : ids) texts.push_back(id.text());
  return texts;
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

Json ItemJson(const ListItem& item, ListKind kind) {
  Json json = Json::object();
  if (item.id) json["id"] = item.id->text();
  if (kind != ListKind::kHistory) {
    json["names"] = TextsJson(item.names);
    json["level"] = item.level;
    json["status"] = Name(item.status);
  }
  if (item.endpoint) json["endpoint"] = EndpointJson(*item.endpoint);
  if (item.change) {
    json["index"] = item.change->index.value;
    json["time"] = TimeText(item.change->time);
    json["type"] = item.type;
    if (item.record) json["hash"] = Hex(item.record->hash);
    json["entry"] = "/ledger/entry/" + std::to_string(item.change->index.value);
  }
  return json;
}

std::string MembersOf(const Answer& answer) {
  return AnswerMembers(answer) + "," + LedgerMember(answer.ledger);
}

std::string MembersOf(const Listing& listing) {
  Json json;
  json[listing.kind == ListKind::kSearch ? "query" : "of"] = listing.about;
  Json& items = json[std::string(Name(listing.kind))] = Json::array();
  for (const ListItem& item : listing.items) items.push_back(ItemJson(item, listing.kind));
  PutIf(json, "next", listing.next);
  if (listing.since) json["since"] = TimeText(*listing.since);
  return Members(json) + "," + LedgerMember(listing.ledger);
}

std::string MembersOf(const FrontPage& front) {
  const Json json = {{"about", "A resolver of CityID: signed identifiers of cities."},
                     {"resolve", "/{id}"},
                     {"code", "/{id}/{token}"},
                     {"search", "/search?q={text}"},
                     {"alias", "/alias/{scheme}/{value}"},
                     {"bulk", "/resolve"},
                     {"verify", "/verify"},
                     {"openapi", "/openapi.json"}};
  return Members(json) + "," + LedgerMember(front.ledger);
}

std::string MembersOf(const ProblemPage& problem) {
  const ProblemText* text = FindProblem(problem.name);
  Json json = {{"type", "/problems/" + std::string(problem.name)}};
  if (text == nullptr || !problem.detail.empty()) {
    json["title"] = ReasonPhrase(problem.status);
    json["status"] = problem.status;
    json["detail"] = problem.detail;
    return Members(json);
  }
  json["status"] = problem.status;
  if (const auto verdict = VerdictFromName(problem.name)) {
    json["verdict"] = problem.name;
    json["exit"] = Row(*verdict).exit_status;
  }
  for (std::size_t i = 0; i < kLanguages; ++i) {
    json["text"][std::string(Tag(static_cast<Language>(i)))] = {{"title", text->text[i].title},
                                                                {"advice", text->text[i].advice}};
  }
  return Members(json);
}

}  // namespace

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

std::string AnswerMembers(const Answer& answer) {
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
  if (answer.as_of) Put(json, "versionTime", TimeText(*answer.as_of));
  if (answer.nearest) Put(json, "nearest", answer.nearest->text());
  if (!answer.suggestions.empty())
    json.append(",").append(Members(Json{{"suggestions", IdTexts(answer.suggestions)}}));
  if (answer.inactive) Put(json, "inactive", answer.inactive->text());
  if (answer.successor) Put(json, "successor", answer.successor->text());
  if (answer.ended_by) {
    Json record = {{"index", answer.ended_by->index}, {"hash", Hex(answer.ended_by->hash)}};
    PutIf(record, "reason", answer.reason);
    json.append(",\"endedBy\":{").append(Members(record)).append("}");
  }
  if (answer.known) json.append(",").append(answer.known->json);
  if (answer.code) PutCode(json, *answer.code);
  return json.substr(1);
}

std::string LedgerMember(const LedgerMark& ledger) {
  std::string json = "\"ledger\":{" + ledger.policy->json;
  Put(json, "size", ledger.head.size.value);
  Put(json, "root", Hex(ledger.head.root));
  Put(json, "time", TimeText(ledger.head.time));
  json += ledger.stale ? ",\"stale\":true" : ",\"stale\":false";
  if (ledger.head.frozen) json += ",\"frozen\":true";
  json += '}';
  return json;
}

std::string_view Name(ListKind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"results", "children", "peers", "changes"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string RenderJson(const Document& document, const RenderContext&) {
  return "{" + std::visit([](const auto& page) { return MembersOf(page); }, document) + "}\n";
}

}  // namespace cityid

#include "resolver/answer/answer_json.h"

#include <algorithm>
#include <iterator>

#include "codec/time_text.h"
#include "ledger/record/uris.h"
#include "resolver/answer/fact.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

void PutIds(JsonText& json, std::string_view name, const std::vector<CityId>& ids) {
  if (!ids.empty()) json.Array(name, ids, [&](const CityId& id) { json.Text(id.text()); });
}

void PutTexts(JsonText& json, std::string_view name, const std::vector<std::string>& texts) {
  if (!texts.empty()) json.Array(name, texts);
}

void PutKey(JsonText& json, const KeyGrant& grant, const Sha256Hash& hash) {
  json.BeginObject();
  json.Member("kid", Hex(hash.view().first(KeyHint::kSize))).Member("key", Hex(grant.key));
  json.Member("use", Name(grant.use));
  if (!grant.purposes.empty())
    json.Array("purposes", grant.purposes, [&](Purpose purpose) { json.Text(Name(purpose)); });
  if (grant.use == KeyUse::kCode) json.Member("depth", std::uint64_t{grant.depth});
  json.Member("status", Name(grant.status));
  if (grant.retired_at)
    json.Member("retiredAt",
                TimeText(sys_seconds(seconds(static_cast<std::int64_t>(*grant.retired_at)))));
  json.EndObject();
}

void PutRecord(JsonText& json, std::string_view name, const RecordRef& ref) {
  json.Name(name).BeginObject().Member("index", ref.index).Member("hash", Hex(ref.hash));
}

}  // namespace

void AppendEndpoint(JsonText& json, const Endpoint& endpoint) {
  json.BeginObject().Member("rel", endpoint.rel);
  // A private address leads to different places for different readers.
  if (IsPublicAddress(endpoint.href)) {
    json.Member("href", endpoint.href);
    json.Name("encrypted")
        .Bool(endpoint.href.starts_with("https://") || endpoint.href.starts_with("coaps://"));
  }
  json.Member("type", endpoint.type);
  if (!endpoint.title.empty()) json.Member("title", endpoint.title);
  PutTexts(json, "hreflang", endpoint.languages);
  json.Member("access", Name(endpoint.access));
  if (endpoint.licence && (!IsLicenceUri(*endpoint.licence) || IsPublicName(*endpoint.licence)))
    json.Member("licence", endpoint.licence);
  std::vector<std::string> specifications;
  std::ranges::copy_if(endpoint.conforms_to, std::back_inserter(specifications), IsPublicName);
  PutTexts(json, "conformsTo", specifications);
  PutIds(json, "partners", endpoint.partners);
  json.EndObject();
}

void AppendLedger(JsonText& json, const LedgerMark& ledger) {
  const PolicyState& policy = *ledger.policy;
  json.Name("ledger").BeginObject();
  json.Member("origin", policy.origin).Member("log", Hex(policy.log));
  PutTexts(json, "hosts", policy.policy.hosts);
  json.Member("size", ledger.head.size.value).Member("root", Hex(ledger.head.root));
  json.Member("time", TimeText(ledger.head.time)).Name("stale").Bool(ledger.stale);
  if (ledger.head.frozen) json.Name("frozen").Bool(true);
  json.EndObject();
}

void AppendAnswer(JsonText& json, const Answer& answer, std::string_view known) {
  const VerdictRow& row = Row(answer.verdict);
  json.Member("verdict", row.name);
  if (!answer.known) {
    json.Member("type", "/problems/" + std::string(row.name));
    json.Member("title", Text(answer.verdict, Language::kEnglish).title);
    json.Member("status", static_cast<std::uint64_t>(row.http_status));
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
  if (answer.known && !known.empty()) json.Raw(known);
  if (answer.known && known.empty()) json.Raw(SubjectMembers(*answer.known));
  if (answer.code) {
    json.Name("code").BeginObject();
    PutFacts(json, answer.code->claims, &answer.code->signed_by);
    json.EndObject();
  }
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
  json.EndArray();
  json.Array("endpoints", self.holding.endpoints,
             [&](const Endpoint& endpoint) { AppendEndpoint(json, endpoint); });
  json.Name("keys").BeginArray();
  for (std::size_t i = 0; i < self.holding.keys.size(); ++i)
    PutKey(json, self.holding.keys[i], self.key_hashes[i]);
  json.EndArray();
  PutIds(json, "predecessors", self.state.predecessors);
  PutRecord(json, "record", self.state.holder);
  json.EndObject();
  return out;
}

std::string AnswerJson(const Answer& answer, std::string_view known) {
  std::string out;
  out.reserve(2048);
  JsonText json(out);
  json.BeginObject();
  AppendAnswer(json, answer, known);
  AppendLedger(json, answer.ledger);
  json.EndObject();
  return out;
}

std::string CheckedJson(const CheckedAnswer& checked) {
  const Checkpoint& checkpoint = checked.checkpoint.checkpoint;
  std::string out = AnswerJson(checked.answer);
  out.pop_back();  // the object is closed again below
  JsonText json(out);
  json.Name("proof").BeginObject().Member("origin", checkpoint.origin);
  json.Member("size", checkpoint.size.value).Member("root", Hex(checkpoint.root));
  json.Member("cosigned", TimeText(checked.checkpoint.time)).EndObject().EndObject();
  return out;
}

std::string ClaimsJson(const ScannedCode& scanned) {
  const CodeClaims& claims = scanned.code.claims;
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("verified").Bool(false).Member("id", claims.subject.text());
  json.Member("host", scanned.host);
  PutFacts(json, claims, nullptr);
  json.EndObject();
  return out;
}

void PutSeal(JsonText& json, const FoundSeal& seal) {
  json.Member("state", Name(seal.state));
  if (seal.state == SealState::kChanged) {
    json.Member("why", seal.why);
  } else if (seal.place.original > 0) {  // the bytes of a file beside its code have no place
    json.Member("original", seal.place.original).Member("sealed", seal.place.end());
  }
  if (seal.state == SealState::kAddedTo) {
    json.Member("added", seal.added).Name("looksSigned").Bool(seal.looks_signed);
    json.Name("sealedAgain").Bool(seal.sealed_again);
  }
  if (!seal.url.empty()) json.Member("url", seal.url);
}

std::string SealsJson(const FoundSeals& found) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Array("seals", found.seals, [&](const FoundSeal& seal) {
    json.BeginObject();
    PutSeal(json, seal);
    json.EndObject();
  });
  json.Name("more").Bool(found.more).Name("intact").Bool(found.intact()).EndObject();
  return out;
}

}  // namespace cityid

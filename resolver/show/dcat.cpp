#include "resolver/show/dcat.h"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/address.h"
#include "codec/text.h"
#include "ledger/record/uris.h"
#include "resolver/show/linkset.h"
#include "resolver/show/represent.h"
#include "resolver/words/html_text.h"
#include "resolver/words/vocabulary.h"

namespace cityid {
namespace {

constexpr std::size_t kMostLanguages = 16;  // of an endpoint: each takes 100 bytes
constexpr std::array<std::string_view, 3> kFiles = {"collection", "enclosure", "item"};

/// No record can have a URI that begins with one of these prefixes: none is a scheme of public
/// addresses.
constexpr std::string_view kContext =
    R"({"dcat":"http://www.w3.org/ns/dcat#","dct":"http://purl.org/dc/terms/",)"
    R"("foaf":"http://xmlns.com/foaf/0.1/",)"
    R"("Agent":"foaf:Agent","Catalog":"dcat:Catalog","DataService":"dcat:DataService",)"
    R"("Dataset":"dcat:Dataset","Distribution":"dcat:Distribution","Document":"foaf:Document",)"
    R"("LicenseDocument":"dct:LicenseDocument","LinguisticSystem":"dct:LinguisticSystem",)"
    R"("Location":"dct:Location","MediaType":"dct:MediaType",)"
    R"("MediaTypeOrExtent":"dct:MediaTypeOrExtent","RightsStatement":"dct:RightsStatement",)"
    R"("Standard":"dct:Standard",)"
    R"("title":{"@id":"dct:title","@container":"@language"},)"
    R"("description":{"@id":"dct:description","@container":"@language"},)"
    R"("name":{"@id":"foaf:name","@container":"@language"},)"
    R"("identifier":"dct:identifier","publisher":"dct:publisher","spatial":"dct:spatial",)"
    R"("centroid":{"@id":"dcat:centroid","@type":"http://www.opengis.net/ont/geosparql#wktLiteral"},)"
    R"("catalog":"dcat:catalog","service":"dcat:service","dataset":"dcat:dataset",)"
    R"("distribution":"dcat:distribution","page":"foaf:page","homepage":"foaf:homepage",)"
    R"("endpointURL":{"@id":"dcat:endpointURL","@type":"@id"},)"
    R"("accessURL":{"@id":"dcat:accessURL","@type":"@id"},)"
    R"("downloadURL":{"@id":"dcat:downloadURL","@type":"@id"},)"
    R"("mediaType":"dcat:mediaType","format":"dct:format","license":"dct:license",)"
    R"("accessRights":"dct:accessRights","language":"dct:language","conformsTo":"dct:conformsTo"})";

/// What an endpoint is in a catalogue.
enum class Kind { kService, kDataset, kDocument };

Kind KindOf(const Endpoint& endpoint) {
  if (std::ranges::find(kFiles, endpoint.rel) != kFiles.end()) return Kind::kDataset;
  if (endpoint.rel[0] != '_' || endpoint.rel.starts_with(kGs1Relation)) return Kind::kDocument;
  return IsDataFile(endpoint.type.value_or("")) ? Kind::kDataset : Kind::kService;
}

/// An endpoint with a public address. The second one of a relation has the fragment "rel~2", as in
/// DID documents.
struct Part {
  const Endpoint* endpoint;
  Kind kind;
  std::string fragment;
};

std::vector<Part> PartsOf(const Holding& holding) {
  std::vector<Part> parts;
  for (const Endpoint& endpoint : holding.endpoints) {
    if (!IsPublicAddress(endpoint.href)) continue;
    const auto before = std::ranges::count_if(
        parts, [&](const Part& part) { return part.endpoint->rel == endpoint.rel; });
    parts.push_back({&endpoint, KindOf(endpoint),
                     before == 0 ? endpoint.rel : endpoint.rel + "~" + std::to_string(before + 1)});
  }
  return parts;
}

/// Returns true for a tag that JSON-LD takes (RFC 5646): parts of 1 to 8 characters, the first one
/// of letters. Records have others, too.
bool IsWellFormed(std::string_view tag) {
  bool first = true;
  while (!tag.empty()) {
    const bool last = tag.find('-') == std::string_view::npos;
    const std::string_view part = TakeUntil(tag, '-');
    if (part.empty() || part.size() > 8 || (tag.empty() && !last)) return false;
    if (first && part.find_first_of("0123456789") != std::string_view::npos) return false;
    first = false;
  }
  return !first;
}

/// Writes texts by language; those whose language can't be told stand under "@none".
void PutTexts(JsonText& json, std::string_view name, const TextMap& texts) {
  json.Name(name).BeginObject();
  std::vector<std::string_view> others;
  for (const auto& [tag, text] : texts) {
    if (IsWellFormed(tag)) {
      json.Member(tag, text);
    } else {
      others.push_back(text);
    }
  }
  if (!others.empty()) json.Array("@none", others);
  json.EndObject();
}

/// Writes a text of no language.
void PutText(JsonText& json, std::string_view name, const std::string& text) {
  PutTexts(json, name, {{"", text}});
}

/// Writes what an IRI names, with its class.
void PutNode(JsonText& json, std::string_view iri, std::string_view type) {
  json.BeginObject().Member("@id", iri).Member("@type", type).EndObject();
}

void PutNode(JsonText& json, std::string_view name, const std::optional<std::string>& iri,
             std::string_view type) {
  if (iri) PutNode(json.Name(name), *iri, type);
}

/// Returns the title of an endpoint, or the words for its relation.
TextMap TitleOf(const Endpoint& endpoint) {
  if (!endpoint.title.empty()) return endpoint.title;
  TextMap title;
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const auto language = static_cast<Language>(i);
    const std::string words(WordsFor(endpoint.rel, language));
    if (words == endpoint.rel) return {{"", words}};
    title[std::string(Tag(language))] = words;
  }
  return title;
}

/// Returns words for what a catalogue is, and of whom.
TextMap DescriptionOf(std::string_view about) {
  TextMap description;
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const auto language = static_cast<Language>(i);
    description[std::string(Tag(language))] =
        std::string(HtmlTexts(language).endpoints).append(": ").append(about);
  }
  return description;
}

/// Returns a number of units of 10^-7 as text.
std::string Degrees(std::int64_t units) {
  std::string text;
  JsonText(text).Decimal(units, 7);
  return text;
}

void PutSpatial(JsonText& json, const Subject& subject) {
  const auto& position = subject.self().holding.metadata.position;
  const auto place = subject.aliases.find("geonames");
  const bool has_place = place != subject.aliases.end() && ParseDecimal(place->second);
  if (!position && !has_place) return;
  json.Name("spatial").BeginObject();
  if (has_place) json.Member("@id", "https://sws.geonames.org/" + place->second + "/");
  json.Member("@type", "Location");
  // WKT has the longitude first.
  if (position) {
    json.Member("centroid",
                "POINT(" + Degrees(position->longitude) + " " + Degrees(position->latitude) + ")");
  }
  json.EndObject();
}

void PutLanguages(JsonText& json, const Endpoint& endpoint) {
  std::vector<std::string> written;
  for (const std::string& tag : endpoint.languages) {
    auto iri = LanguageIri(tag);
    if (!iri || std::ranges::find(written, *iri) != written.end()) continue;
    if (written.size() < kMostLanguages) written.push_back(*std::move(iri));
  }
  if (written.empty()) return;
  json.Array("language", written,
             [&](const std::string& iri) { PutNode(json, iri, "LinguisticSystem"); });
}

/// Writes licence, languages, format and specifications of a service or a distribution.
void PutTerms(JsonText& json, const Endpoint& endpoint) {
  if (endpoint.licence) {
    if (const auto iri = LicenceIri(*endpoint.licence)) {
      PutNode(json, "license", iri, "LicenseDocument");
    } else if (!IsLicenceUri(*endpoint.licence)) {
      json.Name("license").BeginObject().Member("@type", "LicenseDocument");
      PutText(json, "title", *endpoint.licence);
      json.EndObject();
    }
  }
  PutLanguages(json, endpoint);
  if (endpoint.type) PutNode(json, "format", FileTypeIri(*endpoint.type), "MediaTypeOrExtent");
  std::vector<std::string_view> standards;
  std::ranges::copy_if(endpoint.conforms_to, std::back_inserter(standards), IsPublicName);
  if (standards.empty()) return;
  json.Array("conformsTo", standards,
             [&](std::string_view iri) { PutNode(json, iri, "Standard"); });
}

/// Writes what services and datasets have alike.
void PutResource(JsonText& json, const Part& part, const std::string& self, const char* type) {
  const TextMap title = TitleOf(*part.endpoint);
  json.BeginObject().Member("@id", self + "/dcat#" + part.fragment).Member("@type", type);
  PutTexts(json, "title", title);
  PutTexts(json, "description", title);
  json.Name("publisher").BeginObject().Member("@id", self).EndObject();
  PutNode(json, "accessRights", AccessRightIri(part.endpoint->access), "RightsStatement");
}

void PutPart(JsonText& json, const Part& part, const Subject& subject, const std::string& self) {
  const Endpoint& endpoint = *part.endpoint;
  switch (part.kind) {
    case Kind::kService:
      PutResource(json, part, self, "DataService");
      json.Member("endpointURL", endpoint.href);
      PutTerms(json, endpoint);
      break;
    case Kind::kDataset:
      PutResource(json, part, self, "Dataset");
      PutSpatial(json, subject);
      json.Name("distribution").BeginObject();
      json.Member("@id", self + "/dcat#" + part.fragment + "~file").Member("@type", "Distribution");
      json.Member("accessURL", endpoint.href).Member("downloadURL", endpoint.href);
      if (endpoint.type) PutNode(json, "mediaType", MediaTypeIri(*endpoint.type), "MediaType");
      PutTerms(json, endpoint);
      json.EndObject();
      break;
    case Kind::kDocument:
      json.BeginObject().Member("@id", endpoint.href).Member("@type", "Document");
      PutTexts(json, "title", TitleOf(endpoint));
      break;
  }
  json.EndObject();
}

/// Writes the members of the catalogue of an identifier.
void PutCatalogue(JsonText& json, const Subject& subject, const std::vector<Part>& parts,
                  const std::string& host) {
  const Level& level = subject.self();
  const Metadata& metadata = level.holding.metadata;
  const std::string self = host + "/" + level.id.text();
  json.Member("@id", self + "/dcat").Member("@type", "Catalog");
  json.Member("identifier", level.id.text());
  PutTexts(json, "title", metadata.names);
  PutTexts(json, "description", DescriptionOf(level.id.text()));
  json.Name("publisher").BeginObject().Member("@id", self).Member("@type", "Agent");
  PutTexts(json, "name", metadata.names);
  if (metadata.website && IsPublicAddress(*metadata.website))
    PutNode(json, "homepage", metadata.website, "Document");
  json.EndObject();
  PutSpatial(json, subject);
  constexpr std::pair<Kind, const char*> kMembers[] = {
      {Kind::kService, "service"}, {Kind::kDataset, "dataset"}, {Kind::kDocument, "page"}};
  for (const auto& [kind, member] : kMembers) {
    if (std::ranges::find(parts, kind, &Part::kind) == parts.end()) continue;
    json.Array(member, parts, [&, wanted = kind](const Part& part) {
      if (part.kind == wanted) PutPart(json, part, subject, self);
    });
  }
}

}  // namespace

CatalogueText::CatalogueText(const std::string& about, std::string_view host)
    : host_("https://" + std::string(host)) {
  json_.BeginObject().Name("@context").Raw(kContext);
  json_.Member("@id", host_ + "/" + about + "/dcat?scope=below").Member("@type", "Catalog");
  PutText(json_, "title", about);
  PutTexts(json_, "description", DescriptionOf(about));
  json_.Name("publisher").BeginObject().Member("@id", host_ + "/").Member("@type", "Agent");
  PutText(json_, "name", std::string(host));
  json_.EndObject();
  json_.Name("catalog").BeginArray();
}

void CatalogueText::Add(const Subject& subject) {
  const std::vector<Part> parts = PartsOf(subject.self().holding);
  if (parts.empty()) return;
  json_.BeginObject();
  PutCatalogue(json_, subject, parts, host_);
  json_.EndObject();
  ++count_;
}

std::string CatalogueText::Finish() && {
  json_.EndArray().EndObject();
  return std::move(out_) + "\n";
}

std::string RenderDcat(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr || !answer->known) return RenderJson(document, context);
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("@context").Raw(kContext);
  PutCatalogue(json, *answer->known, PartsOf(answer->known->self().holding),
               "https://" + answer->ledger.policy->policy.hosts.front());
  json.EndObject();
  return out + "\n";
}

}  // namespace cityid

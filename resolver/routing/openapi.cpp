// Names of operations follow from method and pattern, tags from how the pattern begins (`kTags`),
// descriptions of path parameters from their names (`kSegments`).
#include "resolver/routing/openapi.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "codec/text.h"
#include "resolver/answer/json_text.h"
#include "resolver/routing/schemas.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

struct ParameterRow {
  std::string_view name;     ///< as the route table says it
  std::string_view sent_as;  ///< as it stands in the query
  std::string_view about;
  std::string_view schema;  ///< JSON
};

constexpr std::string_view kText = R"({"type":"string"})";
constexpr ParameterRow kParameters[] = {
    {"q", "q", "What is looked for; at most 256 bytes of UTF-8", kText},
    {"limit", "limit", "Items of a page", R"({"type":"integer","minimum":1,"maximum":100})"},
    {"after", "after", "Where the page before ended: follow its `next`", kText},
    {"afterDraft", "after", "Where the page before ended: follow its `next`", kText},
    {"before", "before", "Where the page before ended: follow its `next`", kText},
    {"lang", "lang", "Language of pages, before Accept-Language",
     R"({"type":"string","examples":["en","zh","ar"]})"},
    {"rel", "rel", "Relation of the endpoints", R"({"type":"string","examples":["_broker"]})"},
    {"conformsTo", "conformsTo", "A specification that the endpoints follow; at most 512 bytes",
     R"({"type":"string","format":"uri"})"},
    {"scope", "scope", "Beside, below or above the identifier",
     R"({"enum":["siblings","below","above"]})"},
    {"scopeBelow", "scope", "Everything below the identifier, in pages", R"({"enum":["below"]})"},
    {"linkType", "linkType", "linkset, or the relation to be led to (307)", kText},
    {"versionTime", "versionTime", "As it was then, cut to the second (RFC 3339)",
     R"({"type":"string","format":"date-time"})"},
    {"versionId", "versionId", "The version of a DID document, a record's index", kText},
    {"service", "service", "The relation of a service to be led to (303)", kText},
    {"relativeRef", "relativeRef", "What is appended to the service's address", kText},
    {"expandRelativeUrls", "expandRelativeUrls", "No difference: all URLs are absolute",
     R"({"type":"boolean"})"},
    {"since", "since", "Size of a log that is known: consistency is proved, too",
     R"({"type":"integer","minimum":0})"},
};

/// What a segment in braces stands for.
struct SegmentRow {
  std::string_view name;
  std::string_view about;
  std::string_view schema = kText;
};
constexpr SegmentRow kSegments[] = {
    {"id",
     "An identifier such as MA.156.1301; for lists, packs and catalogues also a prefix such as "
     "MA.156"},
    {"did", "A DID of the method web, or a DID URL; percent-encoded or not"},
    {"token", "The digits of a code", R"({"type":"string","pattern":"^[0-9]+$"})"},
    {"scheme", "A scheme such as unlocode"},
    {"value", "A value of the scheme, such as CNSJW; at most 128 bytes"},
    {"type", "The end of a problem's type"},
    {"relation", "An extension relation, such as _dataPortal"},
    {"draft", "The name of an application", R"({"$ref":"#/components/schemas/Hash"})"},
    {"key", "A key of the state in hexadecimal", R"({"type":"string","pattern":"^[0-9a-f]+$"})"},
    {"index", "The index of an entry", R"({"type":"integer","minimum":0})"},
    {"file",
     "A tile such as 0/x001/234 or entries/000.p/7 (its slashes may be sent as %2F); a file of the "
     "scanner"},
    {"version", "The version of a policy, a number from 1 on, or of the scanner"},
    {"gln", "A GLN, perhaps with /254/ and an extension"},
    {"hex", "An EPC binary string", R"({"type":"string","pattern":"^[0-9a-f]+$"})"},
    {"base64", "An EPC binary string in base 64 for URLs"},
    {"size", "The size of the log in the snapshot", R"({"type":"integer","minimum":0})"},
};

/// Groups of operations, by the beginning of their patterns; the last one has the rest.
struct TagRow {
  std::string_view start, name, about;
};
constexpr TagRow kTags[] = {
    {"/{id}", "identifiers", "Identifiers, codes and what is around them"},
    {"/alias", "identifiers", ""},
    {"/414", "identifiers", ""},
    {"/e", "identifiers", ""},
    {"/1.0", "identifiers", ""},
    {"/search", "identifiers", ""},
    {"/verify", "questions", "Codes that were scanned, and many questions at once"},
    {"/resolve", "questions", ""},
    {"/registry", "registry", "Applications to the consortium"},
    {"/ledger", "ledger", "The log and the state, for replicas and witnesses"},
    {"/", "service", "This resolver itself"},
};

/// Statuses that every operation can have: what the listener refuses, and trouble here.
constexpr std::string_view kAnywhere[] = {"400", "413", "414", "415", "421", "429",
                                          "431", "500", "501", "503", "505"};

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) words.push_back(TakeUntil(text, ' '));
  return words;
}

void PutSchema(JsonText& json, std::string_view name) {
  json.Name("schema").BeginObject();
  json.Member("$ref", "#/components/schemas/" + std::string(name)).EndObject();
}

/// Writes what a body of this type is. `schema`: of its JSON, a name; may be empty.
void PutContent(JsonText& json, std::string_view type, std::string_view schema) {
  constexpr std::string_view kBytes = R"({"type":"string","format":"binary"})";
  json.Name(type).BeginObject();
  if (type == "application/json" || type == "application/x-www-form-urlencoded") {
    if (!schema.empty()) PutSchema(json, schema);
  } else if (type.starts_with("text/")) {
    json.Name("schema").Raw(kText);
  } else {
    json.Name("schema").Raw(type.ends_with("+json") ? R"({"type":"object"})" : kBytes);
  }
  json.EndObject();
}

/// Returns "getIdTokenProof" for GET "/{id}/{token}/proof".
std::string OperationId(const Route& route) {
  std::string id = LowerCase(route.method);
  bool starts_word = true;
  for (const char c : route.pattern) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) id += starts_word && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    starts_word = !letter;
  }
  return route.pattern == "/" ? id + "Root" : id;
}

std::string_view TagOf(const Route& route) {
  return std::ranges::find_if(
             kTags, [&](const TagRow& row) { return route.pattern.starts_with(row.start); })
      ->name;
}

/// Writes the parameters of the path, then those of the query.
void PutParameters(JsonText& json, const Route& route) {
  json.Name("parameters").BeginArray();
  for (std::string_view rest = route.pattern; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    std::string_view name = rest.substr(0, rest.find('}'));
    if (name.ends_with("...")) name.remove_suffix(3);
    json.BeginObject().Member("name", name).Member("in", "path").Name("required").Bool(true);
    // Like below: what has no row is found by a test.
    if (const auto row = std::ranges::find(kSegments, name, &SegmentRow::name);
        row != std::end(kSegments))
      json.Member("description", row->about).Name("schema").Raw(row->schema);
    json.EndObject();
  }
  for (const std::string_view name : Words(route.doc.parameters)) {
    const auto row = std::ranges::find(kParameters, name, &ParameterRow::name);
    // A name without a row is written as it is, so that the test of this document finds it.
    if (row == std::end(kParameters)) {
      json.Text(name);
      continue;
    }
    json.BeginObject().Member("name", row->sent_as).Member("in", "query");
    json.Member("description", row->about).Name("schema").Raw(row->schema).EndObject();
  }
  json.EndArray();
}

void PutBody(JsonText& json, const Route& route) {
  json.Name("requestBody").BeginObject().Name("required").Bool(true);
  json.Member("description", "At most " + std::to_string(route.max_body) + " bytes");
  json.Name("content").BeginObject();
  for (const std::string_view type : Words(route.doc.takes))
    PutContent(json, type, route.doc.body_schema);
  json.EndObject().EndObject();
}

/// Returns the media types of a success.
std::vector<std::string_view> TypesOf(const Route& route) {
  if (!route.doc.gives.empty()) return Words(route.doc.gives);
  std::vector<std::string_view> types;
  for (const Representation& row : RepresentationTable()) {
    if (row.only_by_name) continue;
    if (row.scope == Scope::kAnything || route.gives == Gives::kAnswer) types.push_back(row.type);
  }
  return types;
}

/// Returns the statuses of failures that a row can have: its own, and those of what it gives.
std::set<std::string> FailuresOf(const Route& route) {
  const auto own = Words(route.doc.statuses);
  std::set<std::string> statuses(own.begin(), own.end());
  statuses.insert(std::begin(kAnywhere), std::end(kAnywhere));
  if (route.method == "GET") statuses.insert("412");
  for (const std::string_view success : Words(route.doc.successes))
    statuses.erase(std::string(success));
  if (route.doc.gives.empty()) statuses.insert("406");
  if (route.gives != Gives::kAnswer && route.gives != Gives::kAnswerAs) return statuses;
  for (const VerdictRow& row : VerdictTable()) {
    if (row.http_status >= 300) statuses.insert(std::to_string(row.http_status));
  }
  return statuses;
}

void PutResponses(JsonText& json, const Route& route) {
  json.Name("responses").BeginObject();
  for (const std::string_view status : Words(route.doc.successes)) {
    const std::string_view phrase = ReasonPhrase(std::stoi(std::string(status)));
    json.Name(status).BeginObject();
    json.Member("description", status == "200" ? "What was asked for" : phrase);
    json.Name("content").BeginObject();
    for (const std::string_view type : TypesOf(route)) PutContent(json, type, route.doc.schema);
    json.EndObject().EndObject();
  }
  constexpr std::string_view kProblem = R"({"$ref":"#/components/responses/Problem"})";
  for (const std::string& status : FailuresOf(route)) {
    json.Name(status).Raw(
        status == "300" ? R"({"description":"A linkset of links that can't be told apart"})"
        : status.starts_with('3')
            ? R"({"description":"Leads to the link or service that is asked for","headers":{"Location":{"schema":{"type":"string","format":"uri"}}}})"
            : kProblem);
  }
  if (route.method == "GET") json.Name("304").Raw(R"({"description":"What If-None-Match has"})");
  json.Name("default").Raw(kProblem).EndObject();
}

/// Returns what a reply may cost a client.
std::string Description(const Route& route) {
  const std::string summary = std::string(route.doc.summary) + ". ";
  if (route.bounds.bytes == 0) return summary + "The reply is a file of any size.";
  return summary + "A reply has at most " + std::to_string(route.bounds.bytes) + " bytes.";
}

void PutPaths(JsonText& json, std::span<const Route> table) {
  json.Name("paths").BeginObject();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Route& route = table[i];
    // Rows of one pattern stand together.
    if (i == 0 || route.pattern != table[i - 1].pattern) {
      std::string path(route.pattern);
      if (const std::size_t dots = path.find("..."); dots != std::string::npos) path.erase(dots, 3);
      json.Name(path).BeginObject();
    }
    json.Name(LowerCase(route.method)).BeginObject();
    json.Member("operationId", OperationId(route)).Member("summary", route.doc.summary);
    json.Member("description", Description(route));
    json.Name("tags").BeginArray().Text(TagOf(route)).EndArray();
    PutParameters(json, route);
    if (route.max_body > 0) PutBody(json, route);
    PutResponses(json, route);
    json.EndObject();
    if (i + 1 == table.size() || route.pattern != table[i + 1].pattern) json.EndObject();
  }
  json.EndObject();
}

}  // namespace

std::string OpenApiOf(std::span<const Route> table) {
  constexpr std::string_view kAbout =
      "Resolves signed identifiers of cities. Problems (RFC 9457) have a type below /problems/. "
      "CBOR has the data model of the JSON. HEAD and OPTIONS are answered everywhere.";
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("openapi", "3.1.0").Name("info").BeginObject();
  json.Member("title", "CityID resolver").Member("version", "1").Member("description", kAbout);
  json.Name("contact").Raw(R"({"name":"The operator of this resolver"})");
  json.Name("license").Raw(R"({"name":"Apache License 2.0","identifier":"Apache-2.0"})");
  json.EndObject();
  json.Name("servers").Raw(R"([{"url":"/","description":"The resolver that gave this document"}])");
  json.Name("security").Raw("[]").Name("tags").BeginArray();
  for (const TagRow& row : kTags) {
    if (row.about.empty()) continue;
    json.BeginObject().Member("name", row.name).Member("description", row.about).EndObject();
  }
  json.EndArray();
  PutPaths(json, table);
  json.Name("components").BeginObject().Name("schemas").Raw(SchemasJson());
  json.Name("responses").BeginObject().Name("Problem").BeginObject();
  json.Member("description", "What went wrong").Name("content").BeginObject();
  json.Name("application/problem+json").BeginObject();
  PutSchema(json, "Problem");
  json.EndObject().EndObject().EndObject().EndObject().EndObject().EndObject();
  return out + "\n";
}

}  // namespace cityid

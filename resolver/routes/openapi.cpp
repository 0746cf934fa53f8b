// The route table as OpenAPI 3.1.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "codec/text.h"
#include "resolver/routes/router.h"
#include "resolver/routes/schemas.h"
#include "resolver/routes/service_routes.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

using Json = nlohmann::ordered_json;

struct ParameterRow {
  std::string_view name;     ///< as the route table says it
  std::string_view sent_as;  ///< as it stands in the query
  std::string_view about;
  std::string_view schema;  ///< JSON
};

constexpr std::string_view kText = R"({"type":"string"})";
constexpr ParameterRow kParameters[] = {
    {"q", "q", "What is looked for; at most 256 bytes of UTF-8",
     R"({"type":"string","maxLength":256})"},
    {"limit", "limit", "Items of a page", R"({"type":"integer","minimum":1,"maximum":100})"},
    {"after", "after", "Where the page before ended: follow its `next`", kText},
    {"afterDraft", "after", "Where the page before ended: follow its `next`", kText},
    {"before", "before", "Where the page before ended: follow its `next`", kText},
    {"lang", "lang", "Language of pages, before Accept-Language",
     R"({"type":"string","examples":["en","zh","ar"]})"},
    {"rel", "rel", "Relation of the endpoints", R"({"type":"string","examples":["_broker"]})"},
    {"conformsTo", "conformsTo", "A specification that the endpoints follow",
     R"({"type":"string","format":"uri"})"},
    {"scope", "scope", "Beside, below or above the identifier",
     R"({"enum":["siblings","below","above"]})"},
    {"linkType", "linkType", "linkset, or the relation to be led to (307)", kText},
    {"versionTime", "versionTime", "As it was then", R"({"type":"string","format":"date-time"})"},
    {"since", "since", "Size of a log that is known: consistency is proved, too",
     R"({"type":"integer","minimum":0})"},
};

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) words.emplace_back(TakeUntil(text, ' '));
  return words;
}

Json SchemaOf(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

/// Returns the parameters of the path, then those of the query.
Json Parameters(const Route& route) {
  Json list = Json::array();
  for (std::string_view rest = route.pattern; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    std::string name(rest.substr(0, rest.find('}')));
    if (name.ends_with("...")) name.resize(name.size() - 3);
    list.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const std::string& name : Words(route.doc.parameters)) {
    // A name without a row shows as it is, and fails the test of this document.
    const auto row = std::ranges::find(kParameters, name, &ParameterRow::name);
    if (row == std::end(kParameters)) {
      list.push_back(name);
      continue;
    }
    list.push_back({{"name", row->sent_as},
                    {"in", "query"},
                    {"description", row->about},
                    {"schema", Json::parse(row->schema)}});
  }
  return list;
}

Json Body(const Route& route) {
  Json content = Json::object();
  for (const std::string& type : Words(route.doc.takes)) {
    Json& media = content[type] = Json::object();
    if (!route.doc.body_schema.empty()) media["schema"] = SchemaOf(route.doc.body_schema);
  }
  return {{"required", true},
          {"description", "At most " + std::to_string(route.max_body) + " bytes"},
          {"content", content}};
}

/// Returns the media types of a success.
std::vector<std::string> TypesOf(const Route& route) {
  if (route.gives == Gives::kFixed) return Words(route.doc.gives);
  std::vector<std::string> types;
  for (const Representation& row : RepresentationTable()) {
    if (row.only_by_name) continue;
    if (row.scope == Scope::kAnything || route.gives == Gives::kAnswer)
      types.emplace_back(row.type);
  }
  return types;
}

/// Returns the statuses of failures that a row can have: its own, and those of what it gives.
std::set<std::string> FailuresOf(const Route& route) {
  const std::vector<std::string> own = Words(route.doc.statuses);
  std::set<std::string> statuses(own.begin(), own.end());
  if (route.gives != Gives::kFixed) statuses.insert("406");
  if (route.gives != Gives::kAnswer) return statuses;
  for (const VerdictRow& row : VerdictTable()) {
    if (row.http_status >= 300) statuses.insert(std::to_string(row.http_status));
  }
  return statuses;
}

Json Responses(const Route& route) {
  Json success = {{"description", "What was asked for"}};
  for (const std::string& type : TypesOf(route)) {
    Json& media = success["content"][type] = Json::object();
    if (type == "application/json" && !route.doc.schema.empty())
      media["schema"] = SchemaOf(route.doc.schema);
  }
  Json responses = Json::object();
  for (const std::string& status : Words(route.doc.successes)) {
    responses[status] = success;
    if (status != "200") responses[status]["description"] = ReasonPhrase(std::stoi(status));
  }
  const Json problem = {{"$ref", "#/components/responses/Problem"}};
  for (const std::string& status : FailuresOf(route)) {
    responses[status] = status == "307"
                            ? Json{{"description", "Leads to the link that linkType asks for"}}
                            : problem;
  }
  if (route.method == "GET") responses["304"] = {{"description", "What If-None-Match has"}};
  responses["default"] = problem;
  return responses;
}

std::string MakeOpenApi() {
  Json paths = Json::object();
  for (const Route& route : ResolverRouter().table()) {
    std::string path(route.pattern);
    if (const std::size_t dots = path.find("..."); dots != std::string::npos) path.erase(dots, 3);
    Json operation = {{"summary", route.doc.summary}, {"parameters", Parameters(route)}};
    if (route.method == "POST") operation["requestBody"] = Body(route);
    operation["responses"] = Responses(route);
    paths[path][route.method == "POST" ? "post" : "get"] = operation;
  }
  const Json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "CityID resolver"},
        {"version", "1"},
        {"description",
         "Resolves signed identifiers of cities. Problems (RFC 9457) have a type below /problems/. "
         "CBOR has the data model of the JSON. HEAD and OPTIONS are answered everywhere."}}},
      {"paths", paths},
      {"components",
       {{"schemas", Json::parse(SchemasJson())},
        {"responses",
         {{"Problem",
           {{"description", "What went wrong"},
            {"content", {{"application/problem+json", {{"schema", SchemaOf("Problem")}}}}}}}}}}}};
  return document.dump() + "\n";
}

}  // namespace

HandlerResult GetOpenApi(const Call& call) {
  static const std::string kDocument = MakeOpenApi();
  Response response;
  response.headers = {{"Content-Type", "application/json"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = kDocument;
  response.headers.Add("ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + '"');
  response.fresh_until = call.service.now() + std::chrono::hours(1);
  return response;
}

}  // namespace cityid

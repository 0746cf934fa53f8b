// The route table as OpenAPI 3.1.
#include <array>
#include <nlohmann/json.hpp>

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
constexpr std::array<ParameterRow, 13> kParameters = {{
    {"q", "q", "What is looked for", R"({"type":"string","maxLength":100})"},
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
    {"type", "type", "The end of a problem's type", kText},
}};

constexpr std::string_view kSchemas = R"({
"Texts":{"type":"object","additionalProperties":{"type":"string"}},
"Id":{"type":"string","maxLength":64,"pattern":"^[A-Z0-9]{2,3}\\.[0-9]{3}(\\.[A-Z0-9]{1,16}){1,8}$"},
"Hash":{"type":"string","pattern":"^[0-9a-f]{64}$"},
"Time":{"type":"string","format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"},
"Status":{"enum":["active","suspended","superseded","withdrawn"]},
"Ledger":{"type":"object","required":["origin","log","hosts","size","root","time","stale"],
 "properties":{"origin":{"type":"string"},"log":{"$ref":"#/components/schemas/Hash"},
  "hosts":{"type":"array","items":{"type":"string"}},"size":{"type":"integer","minimum":0},
  "root":{"$ref":"#/components/schemas/Hash"},"time":{"$ref":"#/components/schemas/Time"},
  "stale":{"type":"boolean"},"frozen":{"type":"boolean"}}},
"Endpoint":{"type":"object","required":["rel","access"],
 "properties":{"rel":{"type":"string"},"href":{"type":"string","format":"uri"},"encrypted":{"type":"boolean"},
  "type":{"type":"string"},"title":{"$ref":"#/components/schemas/Texts"},
  "hreflang":{"type":"array","items":{"type":"string"}},"access":{"enum":["open","registered","restricted"]},
  "licence":{"type":"string"},"conformsTo":{"type":"array","items":{"type":"string"}},
  "partners":{"type":"array","items":{"$ref":"#/components/schemas/Id"}}}},
"Key":{"type":"object","required":["kid","key","use","status"],
 "properties":{"kid":{"type":"string","pattern":"^[0-9a-f]{8}$"},"key":{"$ref":"#/components/schemas/Hash"},
  "use":{"enum":["record","code"]},"purposes":{"type":"array","items":{"enum":["city","unit","device","document"]}},
  "depth":{"type":"integer"},"status":{"enum":["active","retired","compromised"]},
  "retiredAt":{"$ref":"#/components/schemas/Time"}}},
"Code":{"type":"object","required":["purpose","issued","serial","kid","signedBy"],
 "properties":{"purpose":{"enum":["city","unit","device","document"]},"issued":{"$ref":"#/components/schemas/Time"},
  "expires":{"$ref":"#/components/schemas/Time"},"serial":{"type":"integer"},"kid":{"type":"string"},
  "signedBy":{"$ref":"#/components/schemas/Id"},"document":{"type":"object"}}},
"Answered":{"type":"object","required":["verdict","id","check","names","level","status","endpoints","keys"],
 "properties":{"verdict":{"enum":["valid","registered"]},"id":{"$ref":"#/components/schemas/Id"},
  "check":{"type":"string","minLength":2,"maxLength":2},"versionTime":{"$ref":"#/components/schemas/Time"},
  "names":{"$ref":"#/components/schemas/Texts"},"level":{"type":"string"},
  "status":{"$ref":"#/components/schemas/Status"},"country":{"type":"string"},
  "position":{"type":"object","properties":{"latitude":{"type":"number"},"longitude":{"type":"number"}}},
  "website":{"type":"string"},"timeZone":{"type":"string"},"population":{"type":"integer"},
  "aliases":{"$ref":"#/components/schemas/Texts"},
  "ancestors":{"type":"array","items":{"type":"object","required":["id","names"]}},
  "endpoints":{"type":"array","items":{"$ref":"#/components/schemas/Endpoint"}},
  "keys":{"type":"array","items":{"$ref":"#/components/schemas/Key"}},
  "predecessors":{"type":"array","items":{"$ref":"#/components/schemas/Id"}},
  "record":{"type":"object"},"code":{"$ref":"#/components/schemas/Code"}}},
"Answer":{"allOf":[{"$ref":"#/components/schemas/Answered"}],"required":["ledger"],
 "properties":{"ledger":{"$ref":"#/components/schemas/Ledger"}}},
"Problem":{"type":"object","required":["type","title","status","detail"],
 "properties":{"type":{"type":"string","pattern":"^/problems/[a-z-]+$"},"title":{"type":"string"},
  "status":{"type":"integer","minimum":300,"maximum":599},"detail":{"type":"string"},
  "verdict":{"type":"string"},"id":{"$ref":"#/components/schemas/Id"},
  "check":{"type":"string","minLength":2,"maxLength":2},"names":{"$ref":"#/components/schemas/Texts"},
  "versionTime":{"$ref":"#/components/schemas/Time"},
  "nearest":{"$ref":"#/components/schemas/Id"},"inactive":{"$ref":"#/components/schemas/Id"},
  "successor":{"$ref":"#/components/schemas/Id"},
  "suggestions":{"type":"array","items":{"$ref":"#/components/schemas/Id"}},
  "endedBy":{"type":"object","required":["index","hash"],"properties":{"index":{"type":"integer"},
   "hash":{"$ref":"#/components/schemas/Hash"},"reason":{"type":"string"}}},
  "code":{"$ref":"#/components/schemas/Code"},"ledger":{"$ref":"#/components/schemas/Ledger"}}},
"BulkAnswer":{"type":"object","required":["results","ledger"],
 "properties":{"results":{"type":"array","maxItems":256,"description":"In the order of the questions",
  "items":{"type":"object","required":["verdict"],"anyOf":[{"$ref":"#/components/schemas/Answered"},{"$ref":"#/components/schemas/Problem"}]}},
  "ledger":{"$ref":"#/components/schemas/Ledger"}}},
"Item":{"type":"object","required":["id","names","level","status"],
 "properties":{"id":{"$ref":"#/components/schemas/Id"},"names":{"$ref":"#/components/schemas/Texts"},
  "level":{"type":"string"},"status":{"$ref":"#/components/schemas/Status"},
  "endpoint":{"$ref":"#/components/schemas/Endpoint"}}},
"Change":{"type":"object","required":["index","time","type","hash","entry"],
 "properties":{"index":{"type":"integer"},"time":{"$ref":"#/components/schemas/Time"},"type":{"type":"string"},
  "hash":{"$ref":"#/components/schemas/Hash"},"entry":{"type":"string"}}},
"Results":{"type":"object","required":["query","results","ledger"],
 "properties":{"query":{"type":"string"},"results":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},
  "next":{"type":"string"},"ledger":{"$ref":"#/components/schemas/Ledger"}}},
"Children":{"type":"object","required":["of","children","ledger"],
 "properties":{"of":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},
  "next":{"type":"string"},"ledger":{"$ref":"#/components/schemas/Ledger"}}},
"Peers":{"type":"object","required":["of","peers","ledger"],
 "properties":{"of":{"type":"string"},"peers":{"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/Item"}],"required":["endpoint"]}},
  "next":{"type":"string"},"ledger":{"$ref":"#/components/schemas/Ledger"}}},
"Changes":{"type":"object","required":["of","changes","ledger"],
 "properties":{"of":{"type":"string"},"changes":{"type":"array","items":{"$ref":"#/components/schemas/Change"}},
  "next":{"type":"string"},"since":{"$ref":"#/components/schemas/Time"},"ledger":{"$ref":"#/components/schemas/Ledger"}}},
"Front":{"type":"object","required":["about","openapi","ledger"]},
"ProblemType":{"type":"object","required":["type","status","text"]},
"Relation":{"type":"object","required":["relation","text","peers"]},
"Questions":{"type":"array","minItems":1,"maxItems":256,"items":{"type":"string","maxLength":4096}}
})";

/// Calls `visit` for each word of a text.
template <class Visit>
void ForEachWord(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    visit(word);
  }
}

Json SchemaOf(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

/// Those of the path, then those of the query.
Json Parameters(const Route& route) {
  Json list = Json::array();
  for (std::string_view rest = route.pattern; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    std::string name(rest.substr(0, rest.find('}')));
    if (name.ends_with("...")) name.resize(name.size() - 3);
    list.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  ForEachWord(route.doc.parameters, [&](std::string_view name) {
    for (const ParameterRow& row : kParameters) {
      if (row.name != name) continue;
      list.push_back({{"name", row.sent_as},
                      {"in", "query"},
                      {"description", row.about},
                      {"schema", Json::parse(row.schema)}});
    }
  });
  return list;
}

Json Body(const Route& route) {
  Json content = Json::object();
  ForEachWord(route.doc.takes, [&](std::string_view type) {
    Json& media = content[std::string(type)] = Json::object();
    if (route.doc.schema == "BulkAnswer") media["schema"] = SchemaOf("Questions");
  });
  return {{"required", true},
          {"description", "At most " + std::to_string(route.max_body) + " bytes"},
          {"content", content}};
}

Json Responses(const Route& route) {
  Json success = {{"description", "What was asked for"}};
  ForEachWord(route.doc.gives, [&](std::string_view type) {
    Json& media = success["content"][std::string(type)] = Json::object();
    if (type == "application/json" && !route.doc.schema.empty())
      media["schema"] = SchemaOf(route.doc.schema);
  });
  Json responses = {{"200", success}};
  if (route.method == "POST" && route.pattern == "/registry/applications") {
    responses.erase("200");
    responses["201"] = {{"description", "Sequenced"}};
    responses["202"] = {{"description", "Waits"}};
  }
  const Json problem = {{"$ref", "#/components/responses/Problem"}};
  ForEachWord(route.doc.statuses, [&](std::string_view status) {
    responses[std::string(status)] =
        status == "307" ? Json{{"description", "Leads to the link that linkType asks for"}}
                        : problem;
  });
  if (route.method == "GET") responses["304"] = {{"description", "What If-None-Match has"}};
  responses["default"] = problem;
  return responses;
}

std::string MakeOpenApi() {
  Json paths = Json::object();
  for (const Route& route : RouteTable()) {
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
       {{"schemas", Json::parse(kSchemas)},
        {"responses",
         {{"Problem",
           {{"description", "What went wrong"},
            {"content", {{"application/problem+json", {{"schema", SchemaOf("Problem")}}}}}}}}}}}};
  return document.dump() + "\n";
}

}  // namespace

Response GetOpenApi(const Service& service, const Request&, const PathParameters&) {
  static const std::string kDocument = MakeOpenApi();
  Response response;
  response.headers = {{"Content-Type", "application/json"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = kDocument;
  response.headers.Add("ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + '"');
  response.fresh_until = service.now() + std::chrono::hours(1);
  return response;
}

}  // namespace cityid

#include "resolver/routes/schemas.h"

#include "codec/text.h"

namespace cityid {
namespace {

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
"Standing":{"type":"object","required":["state"],
 "properties":{"id":{"$ref":"#/components/schemas/Hash"},"state":{"enum":["waiting","unpublished","sequenced","refused","withdrawn","rejected"]},
  "index":{"type":"integer"},"why":{"type":"string"}}},
"Questions":{"type":"array","minItems":1,"maxItems":256,"items":{"type":"string","maxLength":4096}}
})";

}  // namespace

std::string SchemasJson() {
  // No text in it has a line feed.
  std::string json;
  for (std::string_view rest = kSchemas; !rest.empty();) json += Trim(TakeUntil(rest, '\n'));
  return json;
}

}  // namespace cityid

#include "resolver/routing/schemas.h"

#include "codec/text.h"

namespace cityid {
namespace {

/// The schemas. "@Name" stands for a reference to one of them.
constexpr std::string_view kSchemas = R"({
"Texts":{"type":"object","additionalProperties":{"type":"string"}},
"Id":{"type":"string","maxLength":64,"pattern":"^[A-Z0-9]{2,3}\\.[0-9]{3}(\\.[A-Z0-9]{1,16}){1,8}$"},
"Hash":{"type":"string","pattern":"^[0-9a-f]{64}$"},
"Time":{"type":"string","format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"},
"Status":{"enum":["active","suspended","superseded","withdrawn"]},
"Ledger":{"type":"object","required":["origin","log","hosts","size","root","time","stale"],
 "properties":{"origin":{"type":"string"},"log":@Hash,
  "hosts":{"type":"array","items":{"type":"string"}},"size":{"type":"integer","minimum":0},
  "root":@Hash,"time":@Time,"stale":{"type":"boolean"},"frozen":{"type":"boolean"}}},
"Endpoint":{"type":"object","required":["rel","access"],
 "properties":{"rel":{"type":"string"},"href":{"type":"string","format":"uri"},"encrypted":{"type":"boolean"},
  "type":{"type":"string"},"title":@Texts,
  "hreflang":{"type":"array","items":{"type":"string"}},"access":{"enum":["open","registered","restricted"]},
  "licence":{"type":"string"},"conformsTo":{"type":"array","items":{"type":"string"}},
  "partners":{"type":"array","items":@Id}}},
"Key":{"type":"object","required":["kid","key","use","status"],
 "properties":{"kid":{"type":"string","pattern":"^[0-9a-f]{8}$"},"key":@Hash,
  "use":{"enum":["record","code"]},"purposes":{"type":"array","items":{"enum":["city","unit","device","document"]}},
  "depth":{"type":"integer"},"status":{"enum":["active","retired","compromised"]},
  "retiredAt":@Time}},
"Code":{"type":"object","required":["purpose","issued","serial","kid","signedBy"],
 "properties":{"purpose":{"enum":["city","unit","device","document"]},"issued":@Time,
  "expires":@Time,"serial":{"type":"integer"},"kid":{"type":"string"},
  "signedBy":@Id,"document":{"type":"object",
   "properties":{"type":{"type":"string"},"number":{"type":"string"},"date":{"type":"string","format":"date"},
    "sha256":@Hash,
    "facts":{"type":"array","minItems":1,"maxItems":8,"description":"What the document says, in its own words",
     "items":{"type":"object","required":["label","value"],
      "properties":{"label":{"type":"string"},"value":{"type":"string"}}}}}}}},
"Answered":{"type":"object","required":["verdict","id","check","names","level","status","endpoints","keys"],
 "properties":{"verdict":{"enum":["valid","registered"]},"id":@Id,
  "check":{"type":"string","minLength":2,"maxLength":2},"versionTime":@Time,
  "names":@Texts,"level":{"type":"string"},"status":@Status,"country":{"type":"string"},
  "position":{"type":"object","properties":{"latitude":{"type":"number"},"longitude":{"type":"number"}}},
  "website":{"type":"string"},"timeZone":{"type":"string"},"population":{"type":"integer"},
  "aliases":@Texts,"ancestors":{"type":"array","items":{"type":"object","required":["id","names"]}},
  "endpoints":{"type":"array","items":@Endpoint},"keys":{"type":"array","items":@Key},
  "predecessors":{"type":"array","items":@Id},"record":{"type":"object"},"code":@Code}},
"Answer":{"allOf":[@Answered],"required":["ledger"],
 "properties":{"judged":{"type":"string"},"ledger":@Ledger}},
"Problem":{"type":"object","required":["type","title","status","detail"],
 "properties":{"type":{"type":"string","pattern":"^/problems/[a-z-]+$"},"title":{"type":"string"},
  "status":{"type":"integer","minimum":300,"maximum":599},"detail":{"type":"string"},
  "verdict":{"type":"string"},"id":@Id,
  "check":{"type":"string","minLength":2,"maxLength":2},"names":@Texts,"versionTime":@Time,
  "nearest":@Id,"inactive":@Id,"successor":@Id,
  "judged":{"type":"string","description":"What was left of what a form had"},
  "suggestions":{"type":"array","items":@Id},
  "endedBy":{"type":"object","required":["index","hash"],"properties":{"index":{"type":"integer"},
   "hash":@Hash,"reason":{"type":"string"}}},"code":@Code,"ledger":@Ledger}},
"BulkAnswer":{"type":"object","required":["results","ledger"],
 "properties":{"results":{"type":"array","maxItems":256,"description":"In the order of the questions",
  "items":{"type":"object","required":["verdict"],"anyOf":[@Answered,@Problem]}},"ledger":@Ledger}},
"PictureAnswer":{"type":"object","required":["results","foreign","complete","ledger"],
 "properties":{"results":{"type":"array","description":"One for each code of CityID in the picture",
  "items":{"type":"object","required":["verdict","symbol"],"anyOf":[@Answered,@Problem],
   "properties":{"symbol":@Symbol,"seal":@Seal}}},
  "foreign":{"type":"array","description":"Other symbols, which are not judged",
   "items":{"type":"object","required":["symbol","text"],
    "properties":{"symbol":@Symbol,"text":{"type":"string"}}}},
  "complete":{"type":"boolean","description":"False if something may not have been read"},
  "missing":{"type":"string"},
  "intact":{"type":"boolean","description":"Of a PDF: it is what was sealed, if every verdict is valid, too"},
  "ledger":@Ledger}},
"Seal":{"type":"object","required":["state"],"properties":{"state":{"enum":["unchanged","changed","added-to"]},
  "why":{"type":"string"},"original":{"type":"integer","description":"Bytes of the file before it was sealed"},
  "sealed":{"type":"integer","description":"Bytes that were sealed, from the first one"},
  "added":{"type":"integer","description":"Bytes that follow them"},"looksSigned":{"type":"boolean"},
  "sealedAgain":{"type":"boolean","description":"A later seal covers them, and is of the same identifier"},
  "url":{"type":"string"}}},
"Symbol":{"enum":["QR code","Data Matrix","Aztec","seal"]},
"Verified":{"anyOf":[@Answer,@PictureAnswer]},
"Item":{"type":"object","required":["id","names","level","status"],
 "properties":{"id":@Id,"names":@Texts,"level":{"type":"string"},"status":@Status,
  "endpoint":@Endpoint}},
"Change":{"type":"object","required":["index","time","type","hash","entry"],
 "properties":{"index":{"type":"integer"},"time":@Time,"type":{"type":"string"},
  "hash":@Hash,"entry":{"type":"string"}}},
"Results":{"type":"object","required":["query","results","ledger"],
 "properties":{"query":{"type":"string"},"results":{"type":"array","items":@Item},
  "next":{"type":"string"},"ledger":@Ledger}},
"Children":{"type":"object","required":["of","children","ledger"],
 "properties":{"of":{"type":"string"},"children":{"type":"array","items":@Item},
  "next":{"type":"string"},"ledger":@Ledger}},
"Peers":{"type":"object","required":["of","peers","ledger"],
 "properties":{"of":{"type":"string"},"peers":{"type":"array","items":{"allOf":[@Item],"required":["endpoint"]}},
  "next":{"type":"string"},"ledger":@Ledger}},
"Changes":{"type":"object","required":["of","changes","ledger"],
 "properties":{"of":{"type":"string"},"changes":{"type":"array","items":@Change},
  "next":{"type":"string"},"since":@Time,"ledger":@Ledger}},
"Front":{"type":"object","required":["about","openapi","ledger"]},
"ProblemType":{"type":"object","required":["type","status","text"]},
"Relation":{"type":"object","required":["relation","text","peers"]},
"Standing":{"type":"object","required":["state"],
 "properties":{"id":@Hash,"state":{"enum":["waiting","unpublished","sequenced","refused","withdrawn","rejected"]},
  "index":{"type":"integer"},"why":{"type":"string"}}},
"Missing":{"type":"object","required":["who","signatures"],
 "properties":{"who":{"type":"string"},"signatures":{"type":"integer"},
  "new_keys":{"type":"array","items":@Hash}}},
"Submission":{"type":"object","required":["id","state"],
 "properties":{"id":@Hash,"state":{"enum":["waiting","unpublished","sequenced"]},
  "index":{"type":"integer"},"missing":@Missing}},
"Application":{"type":"object","required":["id","received","type","subject","body","signers","missing","conflicts"],
 "properties":{"id":@Hash,"received":@Time,
  "type":{"type":"string"},"subject":{"type":"string"},"log":@Hash,
  "previous":@Hash,"authority":@Hash,"not_after":@Time,"body":{"type":"object"},
  "signers":{"type":"array","items":{"type":"object","required":["role","key"],
   "properties":{"role":{"type":"string"},"key":@Hash}}},
  "missing":@Missing,"refused":{"type":"string"},"conflicts":{"type":"array","items":@Hash}}},
"Applications":{"type":"object","required":["applications"],
 "properties":{"applications":{"type":"array","items":@Application},"next":@Hash}},
"CodeText":{"type":"object","required":["code"],
 "properties":{"code":{"type":"string","description":"The text of a code, or an identifier; at most 4,096 bytes of UTF-8"}}},
"Questions":{"type":"array","minItems":1,"maxItems":256,
 "items":{"type":"string","description":"An identifier or the text of a code; at most 4,096 bytes of UTF-8"}}
})";

/// Writes each "@Name" as a reference.
std::string WithReferences(std::string_view text) {
  std::string out(TakeUntil(text, '@'));
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find_first_of(",]}"));
    out.append(R"({"$ref":"#/components/schemas/)").append(name).append("\"}");
    text.remove_prefix(name.size());
    out += TakeUntil(text, '@');
  }
  return out;
}

}  // namespace

std::string SchemasJson() {
  // No text in it has a line feed.
  std::string json;
  for (std::string_view rest = kSchemas; !rest.empty();) json += Trim(TakeUntil(rest, '\n'));
  return WithReferences(json);
}

}  // namespace cityid

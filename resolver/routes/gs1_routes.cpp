// GS1 Digital Links: what a GS1-Conformant resolver (standard 1.2) does for locations. The
// identifier is the one that has the GLN as its alias.
#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "codec/text.h"
#include "resolver/answer/json_text.h"
#include "resolver/message/form.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/routing/gs1.h"
#include "resolver/show/link.h"
#include "resolver/show/linkset.h"
#include "resolver/words/negotiate.h"
#include "resolver/words/problem.h"

namespace cityid {
namespace {

constexpr std::string_view kLinkset = "application/linkset+json";
constexpr std::string_view kJsonLd = "application/ld+json";
constexpr std::string_view kVary = "Accept, Accept-Language";
constexpr std::string_view kPage = "text/html";
constexpr std::string_view kContext = "https://ref.gs1.org/standards/resolver/linkset-context";

/// A location that was found, for whom, and what its links need.
struct Found {
  const Call& call;
  const OpenLedger& ledger;
  Gs1Location location;
  bool decompressed;          ///< asked for as an EPC binary string
  std::string host;           ///< "https://HOST"
  std::string page;           ///< the identifier's address at that host
  std::vector<Level> levels;  ///< of the identifier, the links of its page added
};

bool IsDefault(const Endpoint& link) { return link.rel == kGs1Default && IsLinkTarget(link); }

/// Adds the page of the identifier to its links, as its default if the record has none.
void AddPage(Found& found) {
  Level& self = found.levels.front();
  std::vector<Endpoint>& links = self.holding.endpoints;
  Endpoint page;
  page.href = found.page;
  page.title = self.holding.metadata.names;
  page.type = "text/html";
  page.rel = std::string(kGs1Relation) + "registryEntry";
  links.push_back(page);
  if (std::ranges::any_of(links, IsDefault)) return;
  page.rel = kGs1Default;
  links.push_back(page);
}

/// Returns how well a link fits a request: by media type, then by language. Less is better.
std::pair<int, unsigned> FitOf(const Endpoint& link, std::string_view accept,
                               const LanguagePriority& priority) {
  unsigned rank = UINT_MAX;
  for (const std::string& tag : link.languages)
    rank = std::min(rank, priority.Rank(tag).value_or(UINT_MAX));
  return {link.type ? -AcceptQuality(accept, *link.type) : 0, rank};
}

/// Returns the links of a relation that fit a request best and can't be told apart, of the nearest
/// level that has any. Empty: there are none.
std::vector<Endpoint> ChooseLinks(const std::vector<Level>& levels, std::string_view rel,
                                  const Request& request) {
  const std::string accept = request.list("accept");
  const LanguagePriority priority = PriorityOf(request);
  std::vector<Endpoint> best;
  std::pair<int, unsigned> best_fit;
  for (auto level = levels.begin(); level != levels.end() && best.empty(); ++level) {
    for (const Endpoint& link : level->holding.endpoints) {
      if (link.rel != rel || !IsLinkTarget(link)) continue;
      const auto fit = FitOf(link, accept, priority);
      if (best.empty() || fit < best_fit) {
        best = {link};
        best_fit = fit;
      } else if (fit == best_fit && link.type == best.front().type &&
                 link.languages == best.front().languages) {
        best.push_back(link);
      }
    }
  }
  return best;
}

/// Returns a target with the query of the request. The page here gets no
/// `linkType`.
std::string WithQuery(std::string_view target, std::string_view query, bool page) {
  std::string kept;
  while (!query.empty()) {
    const std::string_view pair = TakeUntil(query, '&');
    if (page && pair.starts_with("linkType=")) continue;
    if (!kept.empty()) kept += '&';
    kept += EncodeTarget(pair);
  }
  std::string out(target.substr(0, target.find('#')));
  if (!kept.empty()) {
    const bool has_query = out.find('?') != std::string::npos;
    out.append(has_query ? "&" : "?").append(kept);
  }
  return target.size() > target.find('#') ? out.append(target.substr(target.find('#'))) : out;
}

/// Adds what every response about a location has. `context`: of a linkset, for `Link`.
Handled Finish(Response response, const Found& found, std::string_view context = {}) {
  const std::string path = found.location.path();
  std::string links =
      "<" + path + "?linkType=linkset>; rel=\"linkset\"; type=\"" + std::string(kLinkset) + "\"";
  if (found.decompressed) links += ", <" + found.host + path + ">; rel=\"owl:sameAs\"";
  if (!context.empty()) {
    links.append(", <").append(context).append(">; rel=\"http://www.w3.org/ns/json-ld#context\"; ");
    links.append("type=\"").append(kJsonLd).append("\"");
  }
  response.headers.Add("Link", links);
  response.fresh_until = FreshUntil(found.ledger.mark, {}, found.call.service, found.ledger.clock);
  Handled handled(std::move(response));
  handled.verdict = Verdict::kRegistered;
  return handled;
}

/// Gives links as a linkset. `type`: JSON in one of its names; JSON-LD names its context.
Handled GiveLinkset(int status, std::string_view type, const std::vector<Level>& levels,
                    const Found& found) {
  const std::string path =
      found.decompressed ? found.location.path() : std::string(found.call.request.path());
  Response response;
  response.status = status;
  response.headers = {
      {"Content-Type", type}, {"Vary", kVary}, {"X-Content-Type-Options", "nosniff"}};
  const Gs1Linkset gs1{found.host + path, type == kJsonLd ? kContext : ""};
  response.body = LinksetText(levels, found.host, PriorityOf(found.call.request), &gs1);
  AddTag(response);
  return Finish(std::move(response), found, kContext);
}

Handled Redirect(const Endpoint& link, const Found& found) {
  Response response;
  response.status = 307;
  response.headers = {
      {"Location", WithQuery(link.href, found.call.request.query(), link.href == found.page)},
      {"Vary", kVary},
      {"Referrer-Policy", "no-referrer"}};
  return Finish(std::move(response), found);
}

/// Leads to a link of a relation, or names those that can't be told apart.
HandlerResult Lead(std::string_view rel, const Found& found) {
  // Whatever a record says, there is one default: the first. There is none if the page of the
  // identifier is on no public host.
  const auto& own = found.levels.front().holding.endpoints;
  const auto first = std::ranges::find_if(own, IsDefault);
  if (rel == kGs1Default && first != own.end()) return Redirect(*first, found);
  std::vector<Endpoint> links = ChooseLinks(found.levels, rel, found.call.request);
  if (links.empty()) {
    return Failure{
        404,
        found.levels.front().id.text() +
            " has no public link of this type; ask for linkType=linkset to see those it has",
        kNoSuchLink};
  }
  if (links.size() == 1) return Redirect(links.front(), found);
  Level choice = found.levels.front();
  choice.holding.endpoints = std::move(links);
  return GiveLinkset(300, kLinkset, {std::move(choice)}, found);
}

/// Returns the media type in which the client gets the linkset; empty if it doesn't ask for one.
/// `asked`: it asks by `linkType`. Otherwise it asks only by naming one of the types in `Accept`: a
/// range such as `*/*`, or HTML, means that the client wants to be led to the default link.
std::string_view LinksetTypeFor(const Request& request, bool asked) {
  std::array<std::string_view, 4> types = {kLinkset, "application/json", kJsonLd, kPage};
  const std::string accept = request.list("accept");
  for (std::string_view& type : types) {
    if (!asked && accept.find(type) == std::string::npos) type = "";
  }
  const auto chosen = ChooseType(accept, types);
  if (!chosen) return asked ? kLinkset : "";
  return !asked && types[*chosen] == kPage ? "" : types[*chosen];
}

HandlerResult AnswerLocation(const Call& call, const Gs1Location& location, bool decompressed) {
  const auto link_type = FormField(call.request.query(), "linkType");
  if (!link_type) return link_type.error();
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const auto id = FindAlias(ledger->view, "gln", location.gln);
  if (!id) return id.error();
  if (!*id) return Failure{404, "no identifier has the GLN " + location.gln, kUnknownAlias};
  auto answer = ResolveFor(call.service, Query{**id, {}, {}}, ledger->view, ledger->mark.head,
                           ledger->clock, call.service.subjects);
  if (!answer) return answer.error();
  if (!answer->known) {
    if (!call.shown) return NotAcceptable();
    return ShowAnswer(*std::move(answer), *call.shown);
  }
  const Policy& policy = ledger->mark.policy->policy;
  const std::string host = "https://" + HostOf(policy, call.request.header("host"));
  Found found{call, *ledger, location, decompressed, host, {}, answer->known->levels};
  found.page = host + "/" + (*id)->text();
  AddPage(found);
  const bool asked = *link_type && ChoosesRepresentation(**link_type);
  if (*link_type && !asked) return Lead(RelationOf(**link_type, policy), found);
  const std::string_view type = LinksetTypeFor(call.request, asked);
  if (type.empty()) return Lead(kGs1Default, found);
  if (type == kPage) {
    Response page = Represent(200, *std::move(answer), ShowAs(call.request, kPage));
    return Finish(std::move(page), found);
  }
  return GiveLinkset(200, type, found.levels, found);
}

HandlerResult AnswerEpc(const Call& call, EpcAlphabet alphabet) {
  const auto location = DecodeEpc(call.path[0], alphabet);
  if (!location) return location.error();
  return AnswerLocation(call, *location, true);
}

}  // namespace

HandlerResult GetGs1Description(const Call& call) {
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  std::string out;
  JsonText json(out);
  const std::string root = "https://" + ledger->mark.policy->policy.hosts.front();
  json.BeginObject().Member("name", "CityID resolver").Member("resolverRoot", root);
  json.Name("supportedPrimaryKeys").BeginArray().Text("414").EndArray();
  json.Name("supportedLinkType").BeginArray();
  json.BeginObject().Member("namespace", kGs1Vocabulary).Member("prefix", "gs1:").EndObject();
  json.BeginObject().Member("namespace", root + "/rel/").EndObject().EndArray();
  json.Name("linkTypeDefaultCanBeLinkset").Bool(false);
  json.Member("jsonLdContextLocation", kContext).EndObject();
  return Fixed("application/json", out + "\n",
               FreshUntil(ledger->mark, {}, call.service, ledger->clock));
}

HandlerResult GetGs1Path(const Call& call) {
  const auto location = ParseGs1Path(call.path[0]);
  if (!location) return location.error();
  return AnswerLocation(call, *location, false);
}

HandlerResult GetGs1Hex(const Call& call) { return AnswerEpc(call, EpcAlphabet::kHex); }

HandlerResult GetGs1Base64(const Call& call) { return AnswerEpc(call, EpcAlphabet::kBase64); }

}  // namespace cityid

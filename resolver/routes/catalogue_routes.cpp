// Catalogues, and the list of interfaces, for programs that gather them.
#include <algorithm>

#include "codec/text.h"
#include "ledger/find/finding.h"
#include "ledger/find/names.h"
#include "resolver/answer/json_text.h"
#include "resolver/message/form.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/routing/prefix.h"
#include "resolver/show/dcat.h"

namespace cityid {
namespace {

constexpr std::size_t kMostRead = 1024;  // identifiers for a page; few of them share something

/// Gives a page of what is below. It ends early if it is full or was costly to find.
HandlerResult ListBelow(const Call& call, const Prefix& prefix) {
  const auto limit = PageLimit(call.request.query());
  if (!limit) return limit.error();
  const auto after = PageAfter(call.request.query(), prefix);
  if (!after) return after.error();
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  if (auto refused = CheckKnown(ledger->view, prefix)) return *std::move(refused);
  auto page = FindBelow(ledger->view, {prefix, false}, *after, kMostRead);
  if (!page) return page.error();
  CatalogueText catalogue(prefix.text(), ledger->mark.policy->policy.hosts.front());
  for (std::size_t i = 0; i < page->ids.size(); ++i) {
    const bool full = catalogue.count() == *limit || catalogue.size() > Listing::kFull ||
                      ledger->view.work() > 2 * kPageWork;
    if (i > 0 && full) {
      page->next = page->ids[i - 1];
      break;
    }
    const auto subject = ReadActive(ledger->view, page->ids[i]);
    if (!subject) return subject.error();
    if (*subject) catalogue.Add(**subject);
  }
  Response response = Fixed(kJsonLd, std::move(catalogue).Finish(),
                            FreshUntil(ledger->mark, {}, call.service, ledger->clock));
  AddTag(response);
  if (page->next) {
    response.headers.Add("Link", "<" + WithField(call.request.target, "after", page->next->text()) +
                                     ">; rel=\"next\"");
  }
  return response;
}

/// Shows the catalogue of the path's identifier, whatever the client accepts.
HandlerResult ShowOwn(const Call& call) {
  Call own = call;
  own.shown = ShowAs(call.request, kJsonLd);
  own.shown->context.subjects = call.service.subjects;
  return GetIdentifierAs(own);
}

}  // namespace

HandlerResult GetDcat(const Call& call) {
  const auto scope = FormField(call.request.query(), "scope");
  if (!scope) return scope.error();
  if (*scope && **scope != "below") return Failure{400, "scope must be below"};
  const auto prefix = ReadPrefix(call.path[0]);
  const bool lists = *scope || (prefix && !CityId::Parse(prefix->text()));
  if (!lists) return ShowOwn(call);
  if (!prefix) return NoPrefix();
  const auto when = FormField(call.request.query(), "versionTime");
  if (!when || *when) return Failure{400, "lists take no versionTime"};
  return ListBelow(call, *prefix);
}

HandlerResult GetApiCatalog(const Call& call) {
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const auto& hosts = ledger->mark.policy->policy.hosts;
  const auto asked = std::ranges::find(hosts, call.request.header("host"));
  const std::string host = "https://" + (asked == hosts.end() ? hosts.front() : *asked);
  std::string out;
  JsonText json(out);
  const auto link = [&](std::string_view rel, std::string_view path, std::string_view type) {
    json.Name(rel).BeginArray().BeginObject().Member("href", host + std::string(path));
    if (!type.empty()) json.Member("type", type);
    json.EndObject().EndArray();
  };
  json.BeginObject().Name("linkset").BeginArray();
  json.BeginObject().Member("anchor", host + std::string(call.request.path()));
  link("item", "/", "");
  json.EndObject().BeginObject().Member("anchor", host + "/");
  link("service-desc", "/openapi.json", "application/json");
  link("service-doc", "/", "text/html");
  link("service-meta", "/.well-known/gs1resolver", "application/json");
  link("status", "/readyz", "text/plain");
  json.EndObject().EndArray().EndObject();
  Response response =
      Fixed("application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"",
            out + "\n", FreshUntil(ledger->mark, {}, call.service, ledger->clock));
  AddTag(response);
  response.headers.Add("Link", "<" + std::string(call.request.path()) + ">; rel=\"api-catalog\"");
  return response;
}

}  // namespace cityid

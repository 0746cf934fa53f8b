#include "resolver/routes/finding_routes.h"

#include <algorithm>
#include <array>

#include "codec/address.h"
#include "codec/text.h"
#include "ledger/find/finding.h"
#include "ledger/find/past.h"
#include "ledger/store/terms.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/parameters.h"
#include "resolver/show/problem.h"

namespace cityid {
namespace {

constexpr std::array<std::string_view, 7> kSchemes = {
    "gbt2260", "iso3166-2", "unlocode", "geonames", "wikidata", "gln", "did"};

/// What a path names: an identifier, or a prefix that may be none.
std::optional<Prefix> ReadPrefix(std::string_view text) {
  if (const auto id = CityId::ParseTyped(text)) return Prefix(*id);
  auto prefix = Prefix::Parse(text);
  if (!prefix) return std::nullopt;
  return *std::move(prefix);
}

Response NoPrefix() {
  return Problem(400, "an identifier looks like MA.156.1301, a prefix like MA.156");
}

Result<ListItem> ItemOf(const LedgerView& view, const CityId& id) {
  const auto state = FindIdentifier(view, id);
  if (!state) return state.error();
  if (!*state) return Error{Errc::kCorrupt, "ledger: " + id.text() + " is listed and not there"};
  auto holding = ReadHolding(view, **state);
  if (!holding) return holding.error();
  ListItem item;
  item.id = id;
  item.names = std::move(holding->metadata.names);
  item.level = std::move(holding->metadata.level);
  item.status = (*state)->status;
  return item;
}

/// A list about an identifier or prefix. An identifier must be registered.
std::optional<Response> CheckKnown(const LedgerView& view, const Prefix& prefix) {
  const auto id = CityId::Parse(prefix.text());
  if (!id) return std::nullopt;
  const auto found = FindIdentifier(view, *id);
  if (!found) return ProblemOf(found.error());
  if (*found) return std::nullopt;
  return Problem(404, id->text() + " is not registered", Name(Verdict::kUnknownId));
}

/// `?after=` of a list of identifiers.
Result<std::optional<CityId>> PageAfter(std::string_view query, const Prefix& within) {
  const auto text = FormField(query, "after");
  if (!text) return text.error();
  if (!*text) return std::optional<CityId>();
  auto id = CityId::Parse(**text);
  if (!id || !within.Covers(*id) || id->text() == within.text())
    return Error{Errc::kMalformed, "after must be what the page before gave as next"};
  return std::optional(*std::move(id));
}

/// Who bears what was typed itself: an identifier, or a value of another scheme.
Result<std::vector<CityId>> FindExactly(const LedgerView& view, const std::string& text) {
  std::vector<CityId> ids;
  const auto add = [&](const CityId& id) {
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  };
  if (const auto id = CityId::ParseTyped(text)) {
    const auto found = FindIdentifier(view, *id);
    if (!found) return found.error();
    if (*found) add(*id);
  }
  for (const std::string_view scheme : kSchemes) {
    const auto id = FindAlias(view, scheme, text);
    if (!id) return id.error();
    if (*id) add(**id);
  }
  return ids;
}

}  // namespace

Response GetSearch(const Service& service, const Request& request, const PathParameters&) {
  const auto text = FormField(request.query(), "q", 256);
  if (!text) return ProblemOf(text.error());
  const auto limit = PageLimit(request.query());
  if (!limit) return ProblemOf(limit.error());
  const auto cursor = FormField(request.query(), "after");
  if (!cursor) return ProblemOf(cursor.error());
  std::optional<Bytes> from;
  if (*cursor) {
    from = FromHex(**cursor);
    if (!from) return Problem(400, "after must be what the page before gave as next");
  }
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  const auto indexed = ledger.view.HasTerms();
  if (!indexed) return ProblemOf(indexed.error());
  if (!*indexed) return Problem(503, "the names of this replica are being indexed", kNotIndexed);

  Listing listing{ListKind::kSearch, text->value_or("")};
  const auto exactly = FindExactly(ledger.view, listing.about);
  if (!exactly) return ProblemOf(exactly.error());
  // Those stand on the first page and on no other.
  std::vector<CityId> ids;
  if (!from) ids = *exactly;
  if (const std::string term = NameTerm(listing.about); term.size() > 1) {
    const auto named = FindNames(ledger.view, term, from, *limit - std::min(*limit, ids.size()));
    if (!named) return ProblemOf(named.error());
    for (const CityId& id : named->ids) {
      if (std::ranges::find(*exactly, id) == exactly->end()) ids.push_back(id);
    }
    if (named->next) listing.next = WithField(request.target, "after", Hex(*named->next));
  }
  for (const CityId& id : ids) {
    auto item = ItemOf(ledger.view, id);
    if (!item) return ProblemOf(item.error());
    listing.items.push_back(*std::move(item));
  }
  listing.ledger = ledger.mark;
  return Show(service, request, ledger, listing);
}

Response GetChildren(const Service& service, const Request& request, const PathParameters& path) {
  const auto prefix = ReadPrefix(path[0]);
  if (!prefix) return NoPrefix();
  const auto limit = PageLimit(request.query());
  if (!limit) return ProblemOf(limit.error());
  const auto after = PageAfter(request.query(), *prefix);
  if (!after) return ProblemOf(after.error());
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  if (auto problem = CheckKnown(ledger.view, *prefix)) return *std::move(problem);
  const auto page = FindChildren(ledger.view, *prefix, *after, *limit);
  if (!page) return ProblemOf(page.error());
  Listing listing{ListKind::kChildren, prefix->text()};
  for (const CityId& id : page->ids) {
    auto item = ItemOf(ledger.view, id);
    if (!item) return ProblemOf(item.error());
    listing.items.push_back(*std::move(item));
  }
  if (page->next) listing.next = WithField(request.target, "after", page->next->text());
  listing.ledger = ledger.mark;
  return Show(service, request, ledger, listing);
}

namespace {

/// Which endpoints are asked for.
struct PeerFilter {
  std::optional<std::string> rel, conforms_to;
  bool Fits(const Endpoint& endpoint) const {
    return (!rel || endpoint.rel == *rel) &&
           (!conforms_to ||
            std::ranges::find(endpoint.conforms_to, *conforms_to) != endpoint.conforms_to.end()) &&
           IsPublicAddress(endpoint.href);
  }
};

/// Those of an identifier, if it and everything above it is active.
Result<void> AddPeers(const LedgerView& view, SubjectCache& subjects, const CityId& id,
                      const PeerFilter& filter, std::vector<ListItem>& items) {
  const auto subject = subjects.Subjects(view, id);
  if (!subject) return subject.error();
  const auto active = [](const Level& level) { return level.state.status == IdStatus::kActive; };
  if (!*subject || !std::ranges::all_of((*subject)->levels, active)) return {};
  const Level& self = (*subject)->self();
  for (const Endpoint& endpoint : self.holding.endpoints) {
    if (!filter.Fits(endpoint)) continue;
    ListItem item;
    item.id = id;
    item.names = self.holding.metadata.names;
    item.level = self.holding.metadata.level;
    item.endpoint = endpoint;
    items.push_back(std::move(item));
  }
  return {};
}

Result<PeerFilter> ReadFilter(std::string_view query) {
  PeerFilter filter;
  const auto rel = FormField(query, "rel", 64);
  if (!rel) return rel.error();
  filter.rel = *rel;
  if (filter.rel && !IsRelation(*filter.rel))
    return Error{Errc::kMalformed, "rel must be a relation, such as service-doc or _broker"};
  const auto conforms_to = FormField(query, "conformsTo");
  if (!conforms_to) return conforms_to.error();
  filter.conforms_to = *conforms_to;
  if (!filter.rel && !filter.conforms_to)
    return Error{Errc::kMalformed, "say which endpoints: rel=, conformsTo= or both"};
  return filter;
}

}  // namespace

Response GetPeers(const Service& service, const Request& request, const PathParameters& path) {
  const auto prefix = ReadPrefix(path[0]);
  if (!prefix) return NoPrefix();
  const auto filter = ReadFilter(request.query());
  if (!filter) return ProblemOf(filter.error());
  const auto limit = PageLimit(request.query());
  if (!limit) return ProblemOf(limit.error());
  const auto given = FormField(request.query(), "scope");
  if (!given) return ProblemOf(given.error());
  const auto id = CityId::Parse(prefix->text());
  const std::string scope = given->value_or(id ? "siblings" : "below");
  if (scope != "siblings" && scope != "below" && scope != "above")
    return Problem(400, "scope must be siblings, below or above");
  if (!id && scope != "below") return Problem(400, "a prefix has only what is below it");
  const Prefix within = scope == "siblings" ? *prefix->Parent() : *prefix;
  const auto after = PageAfter(request.query(), within);
  if (!after) return ProblemOf(after.error());

  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  const auto indexed = ledger.view.HasTerms();
  if (!indexed) return ProblemOf(indexed.error());
  if (!*indexed) return Problem(503, "this replica is being indexed", kNotIndexed);
  if (auto problem = CheckKnown(ledger.view, *prefix)) return *std::move(problem);

  IdPage page;
  if (scope == "above") {
    for (auto above = id->Parent(); above; above = above->Parent()) page.ids.push_back(*above);
  } else {
    const std::string term =
        filter->conforms_to ? ConformsTerm(*filter->conforms_to) : RelationTerm(*filter->rel);
    auto found =
        FindWithTerm(ledger.view, term, Below{within, scope == "siblings"}, *after, *limit);
    if (!found) return ProblemOf(found.error());
    page = *std::move(found);
  }
  Listing listing{ListKind::kPeers, prefix->text()};
  SubjectCache subjects;
  subjects.Use(ledger.view.version());
  for (const CityId& peer : page.ids) {
    const auto added = AddPeers(ledger.view, subjects, peer, *filter, listing.items);
    if (!added) return ProblemOf(added.error());
  }
  if (page.next) listing.next = WithField(request.target, "after", page.next->text());
  listing.ledger = ledger.mark;
  return Show(service, request, ledger, listing);
}

Response GetHistory(const Service& service, const Request& request, const PathParameters& path) {
  const auto id = CityId::ParseTyped(path[0]);
  if (!id) return NoPrefix();
  const auto limit = PageLimit(request.query());
  if (!limit) return ProblemOf(limit.error());
  const auto before = FormField(request.query(), "before");
  if (!before) return ProblemOf(before.error());
  const auto end = *before ? ParseDecimal(**before) : std::optional<std::uint64_t>(UINT64_MAX);
  if (!end) return Problem(400, "before must be what the page before gave as next");
  const auto opened = OpenFor(service);
  if (const auto* problem = std::get_if<Response>(&opened)) return *problem;
  const auto& ledger = std::get<OpenLedger>(opened);
  if (auto problem = CheckKnown(ledger.view, Prefix(*id))) return *std::move(problem);
  // One more than is shown says whether there is another page.
  auto changes = ReadHistory(ledger.view, *id, Index{*end}, *limit + 1);
  if (!changes) return ProblemOf(changes.error());
  Listing listing{ListKind::kHistory, id->text()};
  if (changes->size() > *limit) {
    changes->pop_back();
    listing.next = WithField(request.target, "before", std::to_string(changes->back().index.value));
  }
  for (const PastChange& change : *changes) {
    const auto entry = ledger.view.Entry(change.index);
    if (!entry) return ProblemOf(entry.error());
    const auto record = ParseRecord(*entry);
    if (!record) return ProblemOf(CorruptValue("history", record.error()));
    ListItem item;
    item.change = change;
    item.record = RecordRef{change.index.value, HashRecord(*entry)};
    item.type = Name(record->record.type());
    listing.items.push_back(std::move(item));
  }
  const auto since = KnownSince(ledger.view);
  if (!since) return ProblemOf(since.error());
  listing.since = *since;
  listing.ledger = ledger.mark;
  return Show(service, request, ledger, listing);
}

}  // namespace cityid

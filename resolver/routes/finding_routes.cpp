// Lists, in pages: what is found, and what was.
#include <algorithm>
#include <functional>

#include "codec/text.h"
#include "ledger/find/finding.h"
#include "ledger/find/names.h"
#include "ledger/find/past.h"
#include "ledger/terms/terms.h"
#include "resolver/message/form.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/routing/peer_question.h"
#include "resolver/routing/prefix.h"
#include "resolver/words/problem.h"

namespace cityid {
namespace {

/// Returns the status of an identifier as an answer has it: what is below a suspended one is
/// suspended, too.
Result<IdStatus> StatusOf(const LedgerView& view, const CityId& id, IdStatus own) {
  for (auto above = id.Parent(); own == IdStatus::kActive && above; above = above->Parent()) {
    const auto state = FindIdentifier(view, *above);
    if (!state) return state.error();
    if (*state) own = (*state)->status;
  }
  return own;
}

Result<ListItem> ItemOf(const LedgerView& view, const CityId& id) {
  const auto state = FindIdentifier(view, id);
  if (!state) return state.error();
  if (!*state) return Error{Errc::kCorrupt, "ledger: " + id.text() + " is listed and not there"};
  auto holding = ReadHolding(view, **state);
  if (!holding) return holding.error();
  ListItem item;
  item.id = id;
  item.names = NamesInList(holding->metadata.names);
  item.level = std::move(holding->metadata.level);
  const auto status = StatusOf(view, id, (*state)->status);
  if (!status) return status.error();
  item.status = *status;
  return item;
}

Result<void> AddItem(const LedgerView& view, const CityId& id, Listing& listing) {
  auto item = ItemOf(view, id);
  if (!item) return item.error();
  listing.Add(*std::move(item));
  return {};
}

/// Says where the next page begins: where a field of the query has this value.
void SetNext(Listing& listing, const Call& call, std::string_view field, std::string_view value) {
  listing.next = WithField(call.request.target, field, value);
}

/// Fills a page and shows it: `add(i)` adds what was found at place `i`, of `count`. If the page is
/// full before, because of what it has or of what it has cost, it ends, and `end(i)` says where the
/// next begins.
HandlerResult ShowPage(const Call& call, const OpenLedger& ledger, Listing& listing,
                       std::size_t count, const std::function<Result<void>(std::size_t)>& add,
                       const std::function<void(std::size_t)>& end) {
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && (listing.full() || ledger.view.work() > 2 * kPageWork)) {
      end(i);
      break;
    }
    if (const auto added = add(i); !added) return added.error();
  }
  listing.ledger = ledger.mark;
  return Show(call, ledger, listing);
}

/// Shows a page of what was found, `add(id)` adding what belongs to an identifier.
HandlerResult ShowFound(const Call& call, const OpenLedger& ledger, Listing& listing,
                        const IdPage& page, const std::function<Result<void>(const CityId&)>& add) {
  if (page.next) SetNext(listing, call, "after", page.next->text());
  return ShowPage(
      call, ledger, listing, page.ids.size(), [&](std::size_t i) { return add(page.ids[i]); },
      [&](std::size_t i) { SetNext(listing, call, "after", page.ids[i - 1].text()); });
}

/// Checks that identifiers can be found by their terms. Errors: kNotIndexed while they can't.
Result<void> CheckIndexed(const LedgerView& view, const char* why) {
  const auto indexed = view.HasTerms();
  if (!indexed) return indexed.error();
  if (!*indexed) return Error{Errc::kNotIndexed, why};
  return {};
}

/// Returns the identifiers that the text names itself: as an identifier, or as a value of another
/// scheme.
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
  for (const std::string_view scheme : AliasSchemes()) {
    const auto id = FindAlias(view, scheme, text);
    if (!id) return id.error();
    if (*id) add(**id);
  }
  return ids;
}

}  // namespace

HandlerResult GetSearch(const Call& call) {
  const auto text = FormField(call.request.query(), "q", kMaxSearchText);
  if (!text) return text.error();
  const auto limit = PageLimit(call.request.query());
  if (!limit) return limit.error();
  const auto cursor = FormField(call.request.query(), "after");
  if (!cursor) return cursor.error();
  std::optional<Bytes> from;
  if (*cursor) {
    from = FromHex(**cursor);
    if (!from) return Failure{400, "after must be what the page before gave as next"};
  }
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const auto indexed = CheckIndexed(ledger->view, "the names of this replica are being indexed");
  if (!indexed) return indexed.error();

  Listing listing{ListKind::kSearch, text->value_or("")};
  const auto exactly = FindExactly(ledger->view, listing.about);
  if (!exactly) return exactly.error();
  const auto next_from = [&](const Bytes& row) { SetNext(listing, call, "after", Hex(row)); };
  // They are on the first page and on no other.
  if (!from) {
    for (const CityId& id : *exactly) {
      if (const auto added = AddItem(ledger->view, id, listing); !added) return added.error();
    }
  }
  const std::size_t left = *limit - std::min(*limit, listing.items.size());
  const auto named = FindNames(ledger->view, NameQuery(listing.about), from, left);
  if (!named) return named.error();
  if (named->next) next_from(*named->next);
  return ShowPage(
      call, *ledger, listing, named->ids.size(),
      [&](std::size_t i) -> Result<void> {
        const CityId& id = named->ids[i];
        if (std::ranges::find(*exactly, id) != exactly->end()) return {};
        return AddItem(ledger->view, id, listing);
      },
      [&](std::size_t i) { next_from(named->rows[i]); });
}

HandlerResult GetChildren(const Call& call) {
  const auto prefix = ReadPrefix(call.path[0]);
  if (!prefix) return NoPrefix();
  const auto limit = PageLimit(call.request.query());
  if (!limit) return limit.error();
  const auto after = PageAfter(call.request.query(), *prefix);
  if (!after) return after.error();
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  if (auto refused = CheckKnown(ledger->view, *prefix)) return *std::move(refused);
  const auto page = FindBelow(ledger->view, {*prefix, true}, *after, *limit);
  if (!page) return page.error();
  Listing listing{ListKind::kChildren, prefix->text()};
  return ShowFound(call, *ledger, listing, *page,
                   [&](const CityId& id) { return AddItem(ledger->view, id, listing); });
}

namespace {

/// Appends the endpoints of an identifier that fit, if it and everything above it is active.
Result<void> AddPeers(const LedgerView& view, const CityId& id, const PeerFilter& filter,
                      Listing& listing) {
  const auto subject = ReadActive(view, id);
  if (!subject) return subject.error();
  if (!*subject) return {};
  const Level& self = (*subject)->self();
  for (const Endpoint& endpoint : self.holding.endpoints) {
    if (!filter.Fits(endpoint)) continue;
    ListItem item;
    item.id = id;
    item.names = NamesInList(self.holding.metadata.names);
    item.level = self.holding.metadata.level;
    item.endpoint = endpoint;
    listing.Add(std::move(item));
  }
  return {};
}

/// Finds the identifiers that may have such endpoints.
Result<IdPage> FindPeers(const LedgerView& view, const PeerQuestion& asked) {
  if (asked.scope == "above") {
    IdPage page;
    const auto id = asked.after ? Result<CityId>(*asked.after) : CityId::Parse(asked.about.text());
    for (auto above = id->Parent(); above; above = above->Parent()) page.ids.push_back(*above);
    return page;
  }
  const std::string term = asked.filter.conforms_to ? ConformsTerm(*asked.filter.conforms_to)
                                                    : RelationTerm(*asked.filter.rel);
  return FindWithTerm(view, term, Below{asked.within, asked.scope == "siblings"}, asked.after,
                      asked.limit);
}

}  // namespace

HandlerResult GetPeers(const Call& call) {
  const auto prefix = ReadPrefix(call.path[0]);
  if (!prefix) return NoPrefix();
  const auto asked = ReadPeerQuestion(call.request.query(), *prefix);
  if (!asked) return asked.error();
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const auto indexed = CheckIndexed(ledger->view, "this replica is being indexed");
  if (!indexed) return indexed.error();
  if (auto refused = CheckKnown(ledger->view, *prefix)) return *std::move(refused);
  const auto page = FindPeers(ledger->view, *asked);
  if (!page) return page.error();
  Listing listing{ListKind::kPeers, prefix->text()};
  return ShowFound(call, *ledger, listing, *page, [&](const CityId& id) {
    return AddPeers(ledger->view, id, asked->filter, listing);
  });
}

namespace {

Result<void> AddChange(const LedgerView& view, const PastChange& change, Listing& listing) {
  const auto entry = view.Entry(change.index);
  if (!entry) return entry.error();
  const auto record = ParseRecord(*entry);
  if (!record) return CorruptValue("history", record.error());
  ListItem item;
  item.change = change;
  item.record = RecordRef{change.index.value, HashRecord(*entry)};
  item.type = Name(record->record.type());
  listing.Add(std::move(item));
  return {};
}

}  // namespace

HandlerResult GetHistory(const Call& call) {
  const auto id = CityId::ParseTyped(call.path[0]);
  if (!id) return NoPrefix();
  const auto limit = PageLimit(call.request.query());
  if (!limit) return limit.error();
  const auto before = FormField(call.request.query(), "before");
  if (!before) return before.error();
  const auto end = *before ? ParseDecimal(**before) : std::optional<std::uint64_t>(UINT64_MAX);
  if (!end) return Failure{400, "before must be what the page before gave as next"};
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  if (auto refused = CheckKnown(ledger->view, Prefix(*id))) return *std::move(refused);
  // Reads one more than a page shows, to know whether there is another page.
  auto changes = ReadHistory(ledger->view, *id, Index{*end}, *limit + 1);
  if (!changes) return changes.error();
  Listing listing{ListKind::kHistory, id->text()};
  const auto next_before = [&](Index index) {
    SetNext(listing, call, "before", std::to_string(index.value));
  };
  if (changes->size() > *limit) {
    changes->pop_back();
    next_before(changes->back().index);
  }
  const auto since = KnownSince(ledger->view);
  if (!since) return since.error();
  listing.since = *since;
  return ShowPage(
      call, *ledger, listing, changes->size(),
      [&](std::size_t i) { return AddChange(ledger->view, (*changes)[i], listing); },
      [&](std::size_t i) { next_before((*changes)[i - 1].index); });
}

}  // namespace cityid

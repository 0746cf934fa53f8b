// cityid search | peers: lists of what is in the ledger. They come in pages, and are collected up
// to a bound, checked item by item, and printed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cli/checking/answer_text.h"
#include "cli/checking/commands.h"
#include "cli/checking/resolver.h"
#include "cli/console/exit_status.h"
#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/result.h"
#include "resolver/answer/answer_json.h"
#include "resolver/message/form.h"
#include "resolver/routes/handlers.h"
#include "resolver/routing/peer_question.h"
#include "resolver/routing/prefix.h"
#include "resolver/show/document.h"

namespace cityid::cli {
namespace {

constexpr unsigned kMostItems = 10'000;
/// A resolver may end pages early, and one that never ends must not be followed for ever.
constexpr int kMostPages = 200;
constexpr std::chrono::seconds kMostTime{60};

/// What was found.
struct Found {
  ListKind kind;
  RemoteJson about;               ///< as the resolver understood it
  std::vector<RemoteJson> items;  ///< each has an identifier; one per endpoint in a list of peers
  RemoteJson next, ledger;        ///< of the last page
  bool checked = false;           ///< true if the items were checked
};

/// Which identifiers may be in a list, and which of their endpoints.
struct Expected {
  std::function<bool(const CityId&)> id;
  std::function<bool(const Endpoint&)> endpoint;
};

/// Returns true if `next` is another page of the same list.
bool IsNextPage(const std::string& next, const std::string& target) {
  return next.starts_with(target.substr(0, target.find('?') + 1)) &&
         std::ranges::all_of(next, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool IsPage(const Fetched& fetched, const RemoteJson& json, ListKind kind) {
  const RemoteJson& items = json[Name(kind)];
  return fetched.status == 200 && items.IsArray() &&
         std::ranges::all_of(items.items(), [](const RemoteJson& item) {
           return item["id"].IsText() && CityId::Parse(item["id"].Plain()).ok();
         });
}

/// Returns the member that says what a list is about.
std::string_view AboutMember(ListKind kind) { return kind == ListKind::kSearch ? "query" : "of"; }

/// Returns an item of a list as a proof has it.
RemoteJson CheckedItem(const CheckedAnswer& checked, const Endpoint* endpoint) {
  const Answer& answer = checked.answer;
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("id", answer.subject->text());
  if (answer.known) {
    const Metadata& metadata = answer.known->self().holding.metadata;
    json.Member("names", NamesInList(metadata.names)).Member("level", metadata.level);
    json.Member("status", Name(answer.known->self().state.status));
  } else {
    json.Member("names", NamesInList(answer.names)).Member("status", Name(answer.verdict));
  }
  if (endpoint != nullptr) AppendEndpoint(json.Name("endpoint"), *endpoint);
  json.Name("proof").Raw(RemoteJson::Parse(CheckedJson(checked))["proof"].Json()).EndObject();
  return RemoteJson::Parse(out);
}

/// Returns the items of a list that a checked answer bears out.
std::vector<RemoteJson> BorneOut(const CheckedAnswer& checked, ListKind kind,
                                 const Expected& expected) {
  std::vector<RemoteJson> items;
  const Answer& answer = checked.answer;
  if (kind == ListKind::kSearch) {
    if (answer.known || answer.inactive) items.push_back(CheckedItem(checked, nullptr));
  } else if (answer.known) {
    for (const Endpoint& endpoint : answer.known->self().holding.endpoints)
      if (expected.endpoint(endpoint)) items.push_back(CheckedItem(checked, &endpoint));
  }
  return items;
}

/// Returns a line for each item. Its columns have tabs between them, which no column contains.
std::string LinesOf(const Found& found) {
  std::string lines;
  for (const RemoteJson& item : found.items) {
    lines += item["id"].Plain();
    if (found.kind == ListKind::kSearch) {
      lines += "\t" + NamesText(item["names"]);
      for (const char* member : {"level", "status"})
        lines += "\t" + Printable(item[member].Plain());
    } else {
      for (const char* member : {"href", "rel", "access"})
        lines += "\t" + Printable(item["endpoint"][member].Plain());
      lines += "\t" + NamesText(item["names"]);
    }
    lines += "\n";
  }
  return lines;
}

std::string JsonOf(const Found& found) {
  std::string out;
  JsonText json(out);
  const auto add = [&](std::string_view name, const RemoteJson& value) {
    if (value.IsPresent()) json.Name(name).Raw(value.Json());
  };
  json.BeginObject();
  add(AboutMember(found.kind), found.about);
  json.Name(Name(found.kind)).BeginArray();
  for (const RemoteJson& item : found.items) json.Raw(item.Json());
  json.EndArray();
  add("next", found.next);
  if (found.checked) json.Name("complete").Bool(false);
  if (!found.checked) add("ledger", found.ledger);
  json.EndObject();
  return out + "\n";
}

/// Gets the pages of a list until it has at least `limit` items, if there are so many. Errors:
/// those of `Resolver::Get` and `Resolver::Refusal`; kNetwork for what is no page.
Result<Found> Collect(const Resolver& resolver, ListKind kind, const std::string& target,
                      std::size_t limit) {
  Found found{kind, {}, {}, {}, {}};
  Progress progress("found");
  std::string page = target;
  const auto deadline = std::chrono::steady_clock::now() + kMostTime;
  for (int pages = 0; pages < kMostPages && std::chrono::steady_clock::now() < deadline; ++pages) {
    const auto fetched = resolver.Get(page);
    if (!fetched) return fetched.error();
    const RemoteJson json = RemoteJson::Parse(fetched->body);
    if (fetched->status != 200) return resolver.Refusal(*fetched);
    if (!IsPage(*fetched, json, kind)) return resolver.NoResolver(*fetched);
    std::ranges::copy(json[Name(kind)].items(), std::back_inserter(found.items));
    found.about = json[AboutMember(kind)];
    found.ledger = json["ledger"];
    found.next = json["next"];
    if (!found.next.IsPresent() || found.items.size() >= limit) break;
    page = found.next.Plain();
    if (!IsNextPage(page, target)) return resolver.NoResolver(*fetched);
    progress.Show(found.items.size(), 0);
  }
  return found;
}

/// Replaces items by what the proofs of their identifiers say. Leaves out, with a line on standard
/// error, those that no proof bears out. Errors: those of fetching and checking.
Result<void> CheckItems(Found& found, const Resolver& resolver, Checker& checker,
                        const Expected& expected) {
  const std::vector<RemoteJson> claimed = std::exchange(found.items, {});
  found.checked = true;
  std::set<CityId> seen;
  Progress progress("checking");
  for (const RemoteJson& item : claimed) {
    const CityId id = *CityId::Parse(item["id"].Plain());
    if (!seen.insert(id).second) continue;
    progress.Show(seen.size(), claimed.size());
    std::vector<RemoteJson> items;
    if (expected.id(id)) {
      const auto document = checker.Fetch(resolver.name(), id.text());
      if (!document) return document.error();
      const auto checked = checker.Check(*document, Query{id, {}, {}}, resolver.name());
      if (!checked) return checked.error();
      items = BorneOut(*checked, found.kind, expected);
    }
    if (items.empty()) {
      Say("cityid: " + id.text() + " is left out: " + Printable(resolver.name()) +
          " lists it, and its proof doesn't bear it out");
    }
    std::ranges::move(items, std::back_inserter(found.items));
  }
  return {};
}

/// The options of commands that list.
struct ListOptions {
  ResolverOptions asked;
  unsigned limit = 20;

  void Declare(Command& command) {
    command.Option("--limit", &limit, "Ask for no further page after so many, at most 10000");
    asked.Declare(command);
  }

  /// Gets a list, checks it if it can be, prints it, and returns the exit status. `target` has a
  /// query. Errors: kUsage; those of the functions above.
  Result<int> List(ListKind kind, const std::string& target, const Expected& expected) const;
};

Result<int> ListOptions::List(ListKind kind, const std::string& target,
                              const Expected& expected) const {
  if (limit < 1 || limit > kMostItems)
    return Usage("--limit is 1 to " + std::to_string(kMostItems));
  const auto resolver = asked.Open();
  if (!resolver) return resolver.error();
  auto checker = asked.OpenChecker();
  if (!checker) return checker.error();
  const std::string first =
      target + "&limit=" + std::to_string(std::min<std::size_t>(limit, kMaxPage));
  auto found = Collect(*resolver, kind, first, limit);
  if (!found) return asked.Unproven(found.error());
  if (*checker) {
    if (const auto done = CheckItems(*found, *resolver, **checker, expected); !done)
      return done.error();
  }
  const std::string out = asked.json ? JsonOf(*found) : LinesOf(*found);
  std::fwrite(out.data(), 1, out.size(), stdout);
  const bool more = found->next.IsPresent();
  if (more) Say("cityid: there are more; --limit N lists more of them");
  if (*checker)
    Say("cityid: what is said of each was checked; that it belongs in the list, and that nothing "
        "is missing, can't be");
  asked.SayUnchecked();
  if (!found->items.empty()) return 0;
  if (!more) Say("cityid: nothing was found");
  return more || *checker ? kCouldNot : kNo;
}

struct Search {
  std::string text;
  ListOptions list;

  void Declare(Command& command) {
    command.Argument(
        "TEXT", &text,
        "A name in any language or its beginning, or a value of another scheme, e.g. shijia");
    list.Declare(command);
  }

  Result<int> Run() const {
    const std::string field = "q=" + EncodeField(text);
    if (text.empty()) return Usage("TEXT is empty");
    if (!FormField(field, "q", kMaxSearchText)) {
      return Usage("TEXT is at most " + std::to_string(kMaxSearchText) +
                   " bytes of UTF-8 without control characters");
    }
    const auto any = [](const auto&) { return true; };
    return list.List(ListKind::kSearch, "/search?" + field, {any, any});
  }
};

struct Peers {
  std::string id, rel, conforms_to, scope;
  ListOptions list;

  void Declare(Command& command) {
    command.Argument(
        "ID", &id, "Identifier or prefix, e.g. MA.156.1301.02 --rel _contextBroker --scope above");
    command.Option("--rel", &rel, "Endpoints with this relation, e.g. _contextBroker");
    command.Option("--conforms-to", &conforms_to, "Endpoints with this specification, a URI");
    command.Option("--scope", &scope,
                   "siblings (of an identifier; the default), below (of a prefix), or above");
    list.Declare(command);
  }

  Result<int> Run() const {
    const auto prefix = ReadPrefix(id);
    if (!prefix) return Usage("an identifier looks like MA.156.1301, a prefix like MA.156");
    if (rel.empty() && conforms_to.empty())
      return Usage("say which endpoints: --rel, --conforms-to or both");
    std::string query;
    for (const auto& [name, value] :
         {std::pair("rel", rel), std::pair("conformsTo", conforms_to), std::pair("scope", scope)}) {
      if (value.empty()) continue;
      query += (query.empty() ? "" : "&") + std::string(name) + "=" + EncodeField(value);
    }
    const auto asked = ReadPeerQuestion(query, *prefix);
    if (!asked) return Usage(asked.error().detail);
    return list.List(ListKind::kPeers, "/" + prefix->text() + "/peers?" + query,
                     {[&](const CityId& found) { return asked->Covers(found); },
                      [&](const Endpoint& endpoint) { return asked->filter.Fits(endpoint); }});
  }
};

}  // namespace

void AddSearch(Command& top) {
  top.Add("search", "Find identifiers by name", Search());
  top.Add("peers", "Find endpoints of those beside, below or above an identifier", Peers());
}

}  // namespace cityid::cli

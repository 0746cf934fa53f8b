#include "cli/checking/found.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "cli/checking/answer_text.h"
#include "cli/checking/prove.h"
#include "cli/console/exit_status.h"
#include "cli/console/terminal.h"
#include "resolver/answer/answer_json.h"
#include "resolver/routing/prefix.h"

namespace cityid::cli {
namespace {

constexpr unsigned kMostItems = 10'000;
/// A resolver may end pages early, and one that never ends must not be followed for ever.
constexpr int kMostPages = 200;
constexpr std::chrono::seconds kMostTime{60};

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

}  // namespace

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
      std::fprintf(stderr,
                   "cityid: %s is left out: %s lists it, and its proof doesn't bear it out\n",
                   id.text().c_str(), Printable(resolver.name()).c_str());
    }
    std::ranges::move(items, std::back_inserter(found.items));
  }
  return {};
}

void ListOptions::Declare(Command& command) {
  command.Option("--limit", &limit, "Ask for no further page after so many, at most 10000");
  asked.Declare(command);
}

Result<int> ListOptions::List(ListKind kind, const std::string& target,
                              const Expected& expected) const {
  if (limit < 1 || limit > kMostItems)
    return Error{Errc::kUsage, "--limit is 1 to " + std::to_string(kMostItems)};
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
  if (more) std::fprintf(stderr, "cityid: there are more; --limit N lists more of them\n");
  if (*checker)
    std::fprintf(stderr,
                 "cityid: what is said of each was checked; that it belongs in the list, and that "
                 "nothing is missing, can't be\n");
  asked.SayUnchecked();
  if (!found->items.empty()) return 0;
  if (!more) std::fprintf(stderr, "cityid: nothing was found\n");
  return more || *checker ? kCouldNot : kNo;
}

}  // namespace cityid::cli

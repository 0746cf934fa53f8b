// cityid applications
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/remote_json.h"
#include "cli/console/terminal.h"
#include "cli/records/commands.h"
#include "cli/records/signing.h"
#include "cli/records/state_source.h"
#include "cli/records/waiting.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

/// More than a full inbox has: 20,000 applications, and at least six on a page.
constexpr int kMostPages = 4'000;

/// Bounds what a list may take in all, whatever the registry answers.
class ListBudget {
 public:
  /// Returns the limits of the next page. Errors: kNetwork if the time is over.
  Result<FetchLimits> Next() const {
    using std::chrono::seconds;
    const auto left = std::chrono::ceil<seconds>(end_ - std::chrono::steady_clock::now());
    if (left <= seconds(0)) return Error{Errc::kNetwork, "the list takes more than 60 s"};
    FetchLimits limits;
    limits.body = std::min(std::size_t{8} << 20, bytes_);
    limits.connect = std::min(limits.connect, left);
    limits.total = std::min(limits.total, left);
    return limits;
  }
  /// Takes off what a page had. Errors: kNetwork if the bytes are used up.
  Result<void> Spend(std::size_t bytes) {
    if (bytes >= bytes_) return Error{Errc::kNetwork, "the list has more than 64 MiB"};
    bytes_ -= bytes;
    return {};
  }

 private:
  std::size_t bytes_ = std::size_t{64} << 20;
  std::chrono::steady_clock::time_point end_ =
      std::chrono::steady_clock::now() + std::chrono::seconds(60);
};

/// Returns a value as text for a terminal; empty if it is absent.
std::string PlainText(const RemoteJson& value) { return Printable(value.Plain()); }

void PrintApplication(const RemoteJson& application) {
  std::printf("%s  %s %s\n", PlainText(application["id"]).c_str(),
              PlainText(application["type"]).c_str(), PlainText(application["subject"]).c_str());
  std::printf("    received %s, waits until %s\n", PlainText(application["received"]).c_str(),
              PlainText(application["not_after"]).c_str());
  const RemoteJson& metadata = application["body"]["holding"]["metadata"];
  if (metadata["names"].IsPresent()) {
    std::printf("    %s %s\n", PlainText(metadata["level"]).c_str(),
                PlainText(metadata["names"]).c_str());
  }
  if (application["refused"].IsPresent()) {
    std::printf("    would be refused: %s\n", PlainText(application["refused"]).c_str());
  } else {
    const RemoteJson& missing = application["missing"];
    std::printf("    missing: %s of %s", PlainText(missing["signatures"]).c_str(),
                PlainText(missing["who"]).c_str());
    const std::size_t new_keys = missing["new_keys"].items().size();
    if (new_keys > 0) std::printf(", %zu new keys", new_keys);
    std::printf("\n");
  }
  for (const RemoteJson& signer : application["signers"].items()) {
    std::printf("    signed as %s by %s\n", PlainText(signer["role"]).c_str(),
                Printable(signer["key"].Plain().substr(0, 16)).c_str());
  }
  for (const RemoteJson& id : application["conflicts"].items())
    std::printf("    conflicts with %s\n", Printable(id.Json()).c_str());
}

/// Fetches a page of the list: an object with `applications`, and `next` if there are more.
Result<RemoteJson> ListPage(const std::string& registry, const std::string& after,
                            ListBudget& budget) {
  const std::string path = "/registry/applications" + (after.empty() ? "" : "?after=" + after);
  const auto limits = budget.Next();
  if (!limits) return limits.error().In(registry);
  const auto fetched = Fetch(registry, path, "application/json", *limits);
  if (!fetched) return fetched.error();
  if (const auto spent = budget.Spend(fetched->body.size()); !spent)
    return spent.error().In(registry);
  if (fetched->status == 404) {
    return Error{Errc::kNetwork, registry + " takes no applications"};
  }
  if (fetched->status != 200) {
    return Error{Errc::kNetwork, registry + " answered " + std::to_string(fetched->status)};
  }
  RemoteJson page = RemoteJson::Parse(fetched->body);
  if (!page["applications"].IsArray())
    return Error{Errc::kNetwork, registry + " does not answer as a registry does"};
  return page;
}

struct Applications {
  std::string id, registry;
  bool json = false;

  void Declare(Command& command) {
    command.Option("ID", &id, "Show this one, as a difference to what holds now");
    command.Required("--registry", &registry, "The registry");
    command.Option("--json", &json, "One JSON object an application");
  }

  Result<int> Run() const {
    if (registry.empty()) return Usage("--registry URL says where to look");
    return id.empty() ? List() : ShowOne();
  }

  /// Prints where one stands, and what it says if it waits. Returns kNo if it was refused.
  Result<int> ShowOne() const {
    const auto standing = FetchStanding(registry, id);
    if (!standing) return standing.error();
    if ((*standing)["state"].Plain() != "waiting") {
      std::printf("%s\n", (json ? standing->Json() : StandingText(*standing)).c_str());
      return (*standing)["state"].Plain() == "sequenced" ? 0 : kNo;
    }
    const auto draft = FetchDraft(registry, id);
    if (!draft) return draft.error();
    const RemoteState state(registry);
    const auto text = json ? DraftJson(&state, *draft, {}) : DraftText(&state, *draft, {});
    if (!text) return text.error();
    std::printf("%s%s", text->c_str(), json ? "\n" : "");
    if (json) return 0;
    const auto missing = MissingOf(state, *draft, Now());
    std::printf("%s\n", missing
                            ? ("missing: " + Printable(MissingText(*missing))).c_str()
                            : ("would be refused: " + Printable(missing.error().detail)).c_str());
    return 0;
  }

  Result<int> List() const {
    std::string after;
    int pages = 0;
    ListBudget budget;
    do {
      if (++pages > kMostPages)
        return Error{Errc::kNetwork, registry + " names more pages than an inbox can have"};
      const auto page = ListPage(registry, after, budget);
      if (!page) return page.error();
      for (const RemoteJson& application : (*page)["applications"].items()) {
        if (!application.IsObject()) continue;
        if (json) {
          std::printf("%s\n", application.Json().c_str());
        } else {
          PrintApplication(application);
        }
      }
      const std::string next = PlainText((*page)["next"]);
      // Pages are in order of ids, so a registry can't lead in a circle.
      if (!next.empty() && (!IsDraftId(next) || next <= after))
        return Error{Errc::kNetwork, registry + " names a page that doesn't come after this one"};
      after = next;
    } while (!after.empty());
    return 0;
  }
};

}  // namespace

void AddApplications(Command& top) {
  top.Add("applications", "List what waits at a registry, or show one of them", Applications());
}

}  // namespace cityid::cli

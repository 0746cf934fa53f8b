// cityid applications
#include <cstdio>

#include "cli/console/remote_json.h"
#include "cli/console/terminal.h"
#include "cli/records/commands.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

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
                PlainText(signer["key"]).substr(0, 16).c_str());
  }
  for (const RemoteJson& id : application["conflicts"].items())
    std::printf("    conflicts with %s\n", Printable(id.Json()).c_str());
}

/// Fetches a page of the list: an object with `applications`, and `next` if there are more.
Result<RemoteJson> ListPage(const std::string& registry, const std::string& after) {
  const std::string path = "/registry/applications" + (after.empty() ? "" : "?after=" + after);
  FetchLimits limits;
  limits.body = std::size_t{8} << 20;
  const auto fetched = Fetch(registry, path, "application/json", limits);
  if (!fetched) return fetched.error();
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
  std::string registry;
  bool json = false;

  void Declare(Command& command) {
    command.Required("--registry", &registry, "The registry");
    command.Option("--json", &json, "One JSON object an application");
  }

  Result<int> Run() const {
    if (registry.empty()) return Error{Errc::kUsage, "--registry URL says where to look"};
    std::string after;
    do {
      const auto page = ListPage(registry, after);
      if (!page) return page.error();
      for (const RemoteJson& application : (*page)["applications"].items()) {
        if (!application.IsObject()) continue;
        if (json) {
          std::printf("%s\n", application.Json().c_str());
        } else {
          PrintApplication(application);
        }
      }
      after = PlainText((*page)["next"]);
    } while (!after.empty());
    return 0;
  }
};

}  // namespace

void AddApplications(Command& top) {
  top.Add("applications", "List what waits at a registry, and what each lacks", Applications());
}

}  // namespace cityid::cli

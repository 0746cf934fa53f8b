// cityid approve | submit | applications
#include "ledger/registry.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/deliver.h"
#include "codec/file.h"
#include "resolver/http/client.h"
#include "resolver/record_json.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kDraftIdDigits = 64;

std::optional<Role> RoleNamed(const std::string& name) {
  for (std::uint8_t i = 1; Known(static_cast<Role>(i)); ++i) {
    if (Name(static_cast<Role>(i)) == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

/// A file, or what waits at the registry under this id.
Result<Bytes> ReadDraft(const std::string& draft, const std::string& registry) {
  const bool is_id = draft.size() == kDraftIdDigits && FromHex(draft);
  if (!is_id) return ReadFile(draft, kMaxRecord);
  if (registry.empty()) return Error{Errc::kUsage, "an application's id needs --registry URL"};
  const auto fetched = Fetch(registry, "/registry/applications/" + draft, "application/cose");
  if (!fetched) return fetched.error();
  if (fetched->status != 200)
    return Error{Errc::kRefused, "no such application waits at " + registry};
  return Bytes(fetched->body.begin(), fetched->body.end());
}

void PrintApplication(const nlohmann::json& a) {
  std::printf("%s  %s %s\n", a.value("id", "").c_str(), a.value("type", "").c_str(),
              a.value("subject", "").c_str());
  std::printf("    received %s, waits until %s\n", a.value("received", "").c_str(),
              a.value("not_after", "").c_str());
  const auto metadata =
      a.value(nlohmann::json::json_pointer("/body/holding/metadata"), nlohmann::json::object());
  if (metadata.contains("names")) {
    std::printf("    %s:", metadata.value("level", "").c_str());
    for (const auto& name : metadata["names"]) std::printf(" %s", name.get<std::string>().c_str());
    std::printf("\n");
  }
  if (a.contains("refused")) {
    std::printf("    would be refused: %s\n", a["refused"].get<std::string>().c_str());
  } else {
    const auto& missing = a["missing"];
    std::printf("    missing: %d of %s", missing.value("signatures", 0),
                missing.value("who", "").c_str());
    if (missing.contains("new_keys")) std::printf(", %zu new keys", missing["new_keys"].size());
    std::printf("\n");
  }
  for (const auto& signer : a["signers"]) {
    std::printf("    signed as %s by %s\n", signer.value("role", "").c_str(),
                signer.value("key", "").substr(0, 16).c_str());
  }
  for (const auto& id : a["conflicts"])
    std::printf("    conflicts with %s\n", id.get<std::string>().c_str());
}

/// One page, as the registry's HTTP answer has it.
Result<std::string> ListPage(const RecordTarget& target, const std::string& after) {
  const std::string path = "/registry/applications" + (after.empty() ? "" : "?after=" + after);
  FetchLimits limits;
  limits.body = std::size_t{8} << 20;
  const auto fetched = Fetch(target.registry, path, "application/json", limits);
  if (!fetched) return fetched.error();
  if (fetched->status == 404) {
    return Error{Errc::kNetwork, target.registry + " takes no applications"};
  }
  if (fetched->status != 200) {
    return Error{Errc::kNetwork, target.registry + " answered " + std::to_string(fetched->status)};
  }
  return fetched->body;
}

}  // namespace

Result<int> RunApprove(const ApproveOptions& options, std::chrono::sys_seconds now) {
  const RecordTarget& target = options.target;
  auto draft = ReadDraft(options.draft, target.registry);
  if (!draft) return draft.error();
  const auto keys = OpenKeys(target.keys, target.passphrase);
  if (!keys) return keys.error();
  if (keys->empty()) return Error{Errc::kUsage, "--key says who approves"};
  if (!target.ledger.empty() || !target.registry.empty()) {
    const auto source = OpenStateSource(target);
    if (!source) return source.error();
    auto entry = SignDraft(*source->state, *std::move(draft), *keys, target, now);
    if (!entry) return entry.error();
    return Send(*entry, target, now);
  }
  // On a machine without a network and without a ledger, the officer says in which role.
  const auto role = RoleNamed(options.role);
  if (!role)
    return Error{Errc::kUsage, "--as is one of institute, registrar, ancestor, holder, new-key"};
  if (target.output.empty())
    return Error{Errc::kUsage, "give -o FILE, --registry URL or --ledger DIR"};
  for (const SecretKey& key : *keys) {
    auto more = AddSignature(*draft, {*role, &key});
    if (!more) return more.error();
    draft = *std::move(more);
  }
  return Send(*draft, target, now);
}

Result<int> RunSubmit(const SubmitOptions& options, std::chrono::sys_seconds now) {
  if (options.target.ledger.empty() == options.target.registry.empty()) {
    return Error{Errc::kUsage, "give either --registry URL or --ledger DIR"};
  }
  const auto entry = ReadFile(options.file, kMaxRecord);
  if (!entry) return entry.error();
  return Send(*entry, options.target, now);
}

Result<int> RunApplications(const RecordTarget& target) {
  if (target.registry.empty()) return Error{Errc::kUsage, "--registry URL says where to look"};
  std::string after;
  do {
    const auto page = ListPage(target, after);
    if (!page) return page.error();
    const auto json = nlohmann::json::parse(*page, nullptr, false);
    if (!json.is_object() || !json["applications"].is_array()) {
      return Error{Errc::kNetwork, target.registry + " does not answer as a registry does"};
    }
    for (const auto& application : json["applications"]) {
      if (target.json) {
        std::printf("%s\n", application.dump().c_str());
      } else {
        PrintApplication(application);
      }
    }
    after = json.value("next", "");
  } while (!after.empty());
  return 0;
}

}  // namespace cityid::cli

// cityid approve | submit | applications
#include "ledger/consortium/registry.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/records/deliver.h"
#include "cli/terminal.h"
#include "codec/file.h"
#include "resolver/http/client.h"
#include "resolver/show/record_json.h"

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
  // A registry is not trusted to name what it hands out.
  const auto parsed = ParseDraft(AsBytes(fetched->body));
  if (!parsed) return parsed.error();
  if (Hex(parsed->id) != draft) {
    return Error{Errc::kRefused, registry + " handed out another record than " + draft};
  }
  return Bytes(fetched->body.begin(), fetched->body.end());
}

/// A member as text that is fit for a terminal; empty if it is not there.
std::string Member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  return Printable(found->is_string() ? found->get<std::string>() : found->dump());
}

nlohmann::json List(const nlohmann::json& object, const char* name) {
  auto list = object.value(name, nlohmann::json::array());
  return list.is_array() ? list : nlohmann::json::array();
}

void PrintApplication(const nlohmann::json& a) {
  std::printf("%s  %s %s\n", Member(a, "id").c_str(), Member(a, "type").c_str(),
              Member(a, "subject").c_str());
  std::printf("    received %s, waits until %s\n", Member(a, "received").c_str(),
              Member(a, "not_after").c_str());
  const auto metadata =
      a.value(nlohmann::json::json_pointer("/body/holding/metadata"), nlohmann::json::object());
  if (!Member(metadata, "names").empty()) {
    std::printf("    %s %s\n", Member(metadata, "level").c_str(),
                Member(metadata, "names").c_str());
  }
  if (!Member(a, "refused").empty()) {
    std::printf("    would be refused: %s\n", Member(a, "refused").c_str());
  } else {
    const auto missing = a.value("missing", nlohmann::json::object());
    std::printf("    missing: %s of %s", Member(missing, "signatures").c_str(),
                Member(missing, "who").c_str());
    const auto new_keys = List(missing, "new_keys");
    if (!new_keys.empty()) std::printf(", %zu new keys", new_keys.size());
    std::printf("\n");
  }
  for (const auto& signer : List(a, "signers")) {
    std::printf("    signed as %s by %s\n", Member(signer, "role").c_str(),
                Member(signer, "key").substr(0, 16).c_str());
  }
  for (const auto& id : List(a, "conflicts")) {
    std::printf("    conflicts with %s\n", Printable(id.dump()).c_str());
  }
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
  const auto parsed = ParseDraft(*draft);
  if (!parsed) return parsed.error();
  const Record& record = parsed->claimed.record;
  const auto say_signed = [&] {
    std::fprintf(stderr, "signed: %s %s\n", std::string(Name(record.type())).c_str(),
                 Printable(record.subject.value_or("")).c_str());
  };
  const auto keys = OpenKeys(target.keys, target.passphrase);
  if (!keys) return keys.error();
  if (keys->empty()) return Error{Errc::kUsage, "--key says who approves"};
  if (!target.ledger.empty() || !target.registry.empty()) {
    auto source = OpenStateSource(target);
    if (!source) return source.error();
    auto entry = SignDraft(*source->state, *std::move(draft), *keys, target, now);
    if (!entry) return entry.error();
    say_signed();
    source->Close();
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
  say_signed();
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
    if (!json.is_object() || !json.contains("applications") ||
        !json.at("applications").is_array()) {
      return Error{Errc::kNetwork, target.registry + " does not answer as a registry does"};
    }
    for (const auto& application : json.at("applications")) {
      if (!application.is_object()) continue;
      if (target.json) {
        std::printf("%s\n", application.dump().c_str());
      } else {
        PrintApplication(application);
      }
    }
    after = Member(json, "next");
  } while (!after.empty());
  return 0;
}

}  // namespace cityid::cli

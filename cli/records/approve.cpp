// cityid approve | submit
#include "cli/console/clock.h"
#include "cli/console/streams.h"
#include "cli/records/commands.h"
#include "cli/records/deliver.h"
#include "cli/records/waiting.h"

namespace cityid::cli {
namespace {

std::optional<Role> RoleNamed(const std::string& name) {
  for (std::uint8_t i = 1; Known(static_cast<Role>(i)); ++i) {
    if (Name(static_cast<Role>(i)) == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

/// Reads a file, or fetches the application that waits at the registry under this id.
Result<Draft> ReadDraft(const std::string& draft, const std::string& registry) {
  if (!IsDraftId(draft)) {
    const auto file = ReadInput(draft, kMaxRecord);
    if (!file) return file.error();
    return Draft::Parse(*file);
  }
  if (registry.empty()) return Usage("an application's id needs --registry URL");
  return FetchDraft(registry, draft);
}

struct Approve {
  RecordTarget target = {};
  std::string draft;
  std::string role = "institute";

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("FILE|ID", &draft, "A record file, or an application's id at the registry");
    command.Option("--as", &role,
                   "Role, where neither registry nor ledger can say it: institute, registrar, "
                   "ancestor, holder, new-key");
  }

  Result<int> Run() const;
  Result<bool> Sign(Draft& entry, const std::vector<KeyFile>& keys) const;
  Result<bool> SignIn(const State& state, Draft& entry, const std::vector<KeyFile>& keys) const;
  Result<bool> SignAs(Draft& entry, const std::vector<KeyFile>& keys) const;
};

/// Signs in the roles that the rules give the keys, if there is a state to ask. A genesis needs
/// none: nothing is before it. Returns true if it was signed.
Result<bool> Approve::Sign(Draft& entry, const std::vector<KeyFile>& keys) const {
  if (!target.ledger.empty() || !target.registry.empty()) {
    const auto source = OpenStateSource(target);
    if (!source) return source.error();
    return SignIn(*source->state, entry, keys);
  }
  if (target.output.empty() && !target.signing.json)
    return Usage("give -o FILE, --registry URL or --ledger DIR");
  if (entry.record().type() == RecordType::kGenesis) return SignIn(EmptyState(), entry, keys);
  return SignAs(entry, keys);
}

Result<bool> Approve::SignIn(const State& state, Draft& entry,
                             const std::vector<KeyFile>& keys) const {
  const auto missing = SignDraft(state, entry, keys, target.signing, Now());
  if (!missing) return missing.error();
  if (!*missing) return false;
  if (!target.output.empty()) PrintNext(entry.record().type(), **missing, target.output);
  return true;
}

/// Signs in the role that the officer says, on a machine without a network and without a ledger.
Result<bool> Approve::SignAs(Draft& entry, const std::vector<KeyFile>& keys) const {
  const auto named = RoleNamed(role);
  if (!named) return Usage("--as is one of institute, registrar, ancestor, holder, new-key");
  std::vector<RoleKey> signing;
  for (const KeyFile& key : keys) signing.push_back({*named, key});
  return ShowAndSign(nullptr, entry, signing, target.signing);
}

Result<int> Approve::Run() const {
  auto entry = ReadDraft(draft, target.registry);
  if (!entry) return entry.error();
  const auto keys = FindKeyFiles(target.keys);
  if (!keys) return keys.error();
  if (keys->empty()) return Usage("--key says who approves");
  const auto signed_now = Sign(*entry, *keys);
  if (!signed_now) return signed_now.error();
  if (!*signed_now) return 0;
  const auto approved = entry->Write();
  if (!approved) return approved.error();
  const Record& record = entry->record();
  Say("signed: " + std::string(Name(record.type())) + " " + Printable(record.subject.value_or("")));
  return Send(*approved, target, Now());
}

struct Submit {
  RecordTarget target = {};
  std::string file;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "A record with one signature or more");
    target.DeclareSource(command);
  }

  Result<int> Run() const {
    if (target.ledger.empty() == target.registry.empty())
      return Usage("give either --registry URL or --ledger DIR");
    const auto entry = ReadInput(file, kMaxRecord);
    if (!entry) return entry.error();
    return Send(*entry, target, Now());
  }
};

}  // namespace

void AddApprove(Command& top) {
  top.Add("approve", "Add a signature to a record or an application", Approve());
  top.Add("submit", "Hand in a record file", Submit());
}

}  // namespace cityid::cli

// cityid approve | submit
#include <cstdio>

#include "cli/console/clock.h"
#include "cli/records/commands.h"
#include "cli/records/deliver.h"
#include "codec/file.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kDraftIdDigits = 64;

std::optional<Role> RoleNamed(const std::string& name) {
  for (std::uint8_t i = 1; Known(static_cast<Role>(i)); ++i) {
    if (Name(static_cast<Role>(i)) == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

/// Reads a file, or fetches the application that waits at the registry under this id.
Result<Draft> ReadDraft(const std::string& draft, const std::string& registry) {
  const bool is_id = draft.size() == kDraftIdDigits && FromHex(draft);
  if (!is_id) {
    const auto file = ReadFile(draft, kMaxRecord);
    if (!file) return file.error();
    return Draft::Parse(*file);
  }
  if (registry.empty()) return Error{Errc::kUsage, "an application's id needs --registry URL"};
  const auto fetched = Fetch(registry, "/registry/applications/" + draft, "application/cose");
  if (!fetched) return fetched.error();
  if (fetched->status != 200)
    return Error{Errc::kRefused, "no such application waits at " + registry};
  // A registry is not trusted to name what it hands out.
  auto parsed = Draft::Parse(AsBytes(fetched->body));
  if (parsed && Hex(parsed->id()) != draft) {
    return Error{Errc::kRefused, registry + " handed out another record than " + draft};
  }
  return parsed;
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
  Result<Bytes> Sign(Draft entry, const std::vector<SecretKey>& keys) const;
  Result<Bytes> SignAs(Draft entry, const std::vector<SecretKey>& keys) const;
};

/// Signs in the roles that the rules give the keys, if there is a state to ask. A genesis needs
/// none: nothing is before it.
Result<Bytes> Approve::Sign(Draft entry, const std::vector<SecretKey>& keys) const {
  if (!target.ledger.empty() || !target.registry.empty()) {
    const auto source = OpenStateSource(target);
    if (!source) return source.error();
    return SignDraft(*source->state, std::move(entry), keys, target, Now());
  }
  if (target.output.empty())
    return Error{Errc::kUsage, "give -o FILE, --registry URL or --ledger DIR"};
  if (entry.record().type() == RecordType::kGenesis)
    return SignDraft(MemoryState(), std::move(entry), keys, target, Now());
  return SignAs(std::move(entry), keys);
}

/// Signs in the role that the officer says, on a machine without a network and without a ledger.
Result<Bytes> Approve::SignAs(Draft entry, const std::vector<SecretKey>& keys) const {
  const auto named = RoleNamed(role);
  if (!named)
    return Error{Errc::kUsage, "--as is one of institute, registrar, ancestor, holder, new-key"};
  for (const SecretKey& key : keys) {
    if (const auto added = entry.Sign({*named, &key}); !added) return added.error();
  }
  return entry.Write();
}

Result<int> Approve::Run() const {
  auto entry = ReadDraft(draft, target.registry);
  if (!entry) return entry.error();
  const Record record = entry->record();
  const auto keys = OpenKeys(target.keys, target.passphrase);
  if (!keys) return keys.error();
  if (keys->empty()) return Error{Errc::kUsage, "--key says who approves"};
  const auto approved = Sign(*std::move(entry), *keys);
  if (!approved) return approved.error();
  std::fprintf(stderr, "signed: %s %s\n", std::string(Name(record.type())).c_str(),
               Printable(record.subject.value_or("")).c_str());
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
      return Error{Errc::kUsage, "give either --registry URL or --ledger DIR"};
    const auto entry = ReadFile(file, kMaxRecord);
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

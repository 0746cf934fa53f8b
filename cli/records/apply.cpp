// cityid apply | update | recover: an identifier's content and keys.
#include <algorithm>

#include "cli/console/clock.h"
#include "cli/console/streams.h"
#include "cli/records/commands.h"
#include "cli/records/content_json.h"
#include "cli/records/deliver.h"
#include "cli/records/existing.h"

namespace cityid::cli {
namespace {

/// Grants for new keys, and their files, which sign to prove that the keys exist.
struct GrantedKeys {
  std::vector<KeyGrant> grants;
  std::vector<KeyFile> files;
};

/// The files of new keys, and what the code key may sign.
struct NewKeys {
  std::string record_key, code_key;
  std::vector<std::string> purposes = {"city", "unit", "device", "document"};
  std::uint8_t depth = 1;

  void DeclareUse(Command& command) {
    command.Option("--purpose", &purposes,
                   "What the code key signs for: city, unit, device, document");
    command.Option("--depth", &depth, "How many levels below the code key signs for");
  }

  Result<KeyGrant> CodeKeyGrant(const PublicKey& key) const;
  Result<GrantedKeys> Grant() const;
};

Result<KeyGrant> NewKeys::CodeKeyGrant(const PublicKey& key) const {
  KeyGrant grant{key, KeyUse::kCode, {}, depth, KeyStatus::kActive, {}};
  for (const std::string& name : purposes) {
    const auto purpose = PurposeFromName(name);
    if (!purpose) return Usage("--purpose is one of city, unit, device, document");
    grant.purposes.push_back(*purpose);
  }
  std::ranges::sort(grant.purposes);
  return grant;
}

Result<GrantedKeys> NewKeys::Grant() const {
  auto files = FindKeyFiles({record_key, code_key});
  if (!files) return files.error();
  GrantedKeys granted{{}, *std::move(files)};
  if (!record_key.empty()) {
    granted.grants.push_back(
        {granted.files.front().key, KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}});
  }
  if (!code_key.empty()) {
    const auto grant = CodeKeyGrant(granted.files.back().key);
    if (!grant) return grant.error();
    granted.grants.push_back(*grant);
  }
  return granted;
}

struct Apply {
  RecordTarget target = {};
  std::string id, content;
  NewKeys keys = {};
  std::vector<std::string> aliases;

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("ID", &id, "Identifier, e.g. MA.156.1301");
    command.Required("--content", &content, "JSON file with metadata and endpoints");
    command.Required("--record-key", &keys.record_key, "Key file that will sign its records");
    command.Option("--code-key", &keys.code_key, "Key file that will sign its codes");
    keys.DeclareUse(command);
    command.Option("--alias", &aliases, "SCHEME=VALUE, e.g. gbt2260=130100");
  }

  Result<int> Run() const {
    auto source = OpenStateSource(target);
    if (!source) return source.error();
    const auto subject = CityId::Parse(id);
    if (!subject) return Usage(subject.error().detail);
    auto holding = ReadContent(content);
    if (!holding) return holding.error();
    auto named = ParseAliases(aliases);
    if (!named) return named.error();
    auto granted = keys.Grant();
    if (!granted) return granted.error();
    holding->keys = std::move(granted->grants);
    const auto policy = FindPolicy(*source->state);
    auto done =
        Deliver(*std::move(source), About(*subject, Assign{*std::move(holding), *std::move(named)}),
                target, std::move(granted->files), Now());
    if (done && !target.signing.json && target.output.empty() && policy && *policy)
      SayWhatComesNext((*policy)->policy.hosts.front());
    return done;
  }

  /// Tells the officer what to do when the identifier is there.
  void SayWhatComesNext(const std::string& host) const {
    if (keys.code_key.empty()) {
      return Say(id + " has no key for codes; `cityid update " + id +
                 " --add-code-key FILE` adds one");
    }
    Say("when " + id + " is in the ledger, print its first code with: cityid code new " + id +
        " --key " + keys.code_key + " --host " + host + " -o code.pdf");
  }
};

struct ChangeHolding {
  RecordTarget target = {};
  std::string id, content;
  NewKeys keys = {};
  std::vector<std::string> retire, compromised;

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("ID", &id, "Identifier");
    command.Option("--content", &content, "JSON file with metadata and endpoints, as a whole");
    command.Option("--add-record-key", &keys.record_key, "Key file to add");
    command.Option("--add-code-key", &keys.code_key, "Key file to add");
    keys.DeclareUse(command);
    command.Option("--retire", &retire,
                   "Key (file or hexadecimal): codes issued so far go on holding");
    command.Option("--compromised", &compromised,
                   "Key (file or hexadecimal): none of its codes holds any more");
  }

  Result<int> Run() const;
  Result<Holding> Changed(Holding holding, std::chrono::sys_seconds now) const;
};

Result<void> SetStatus(std::vector<KeyGrant>& keys, const std::vector<std::string>& which,
                       KeyStatus status, std::chrono::sys_seconds now) {
  for (const std::string& name : which) {
    const auto key = KeyNamed(name);
    if (!key) return key.error();
    const auto grant = std::ranges::find(keys, *key, &KeyGrant::key);
    if (grant == keys.end()) return Usage(name + " is no key of the identifier");
    grant->status = status;
    grant->retired_at.reset();
    if (status == KeyStatus::kRetired) grant->retired_at = Seconds(now);
  }
  return {};
}

/// Returns `holding` with the new content and the new status of its keys, but without new keys.
Result<Holding> ChangeHolding::Changed(Holding holding, std::chrono::sys_seconds now) const {
  if (!content.empty()) {
    auto read = ReadContent(content);
    if (!read) return read;
    read->keys = std::move(holding.keys);
    holding = *std::move(read);
  }
  const auto retired = SetStatus(holding.keys, retire, KeyStatus::kRetired, now);
  if (!retired) return retired.error();
  const auto lost = SetStatus(holding.keys, compromised, KeyStatus::kCompromised, now);
  if (!lost) return lost.error();
  return holding;
}

Result<int> ChangeHolding::Run() const {
  const auto now = Now();
  auto source = OpenStateSource(target);
  if (!source) return source.error();
  const auto existing = FindExisting(*source->state, id);
  if (!existing) return existing.error();
  auto holding = Changed(existing->holding, now);
  if (!holding) return holding.error();
  auto granted = keys.Grant();
  if (!granted) return granted.error();
  holding->keys.insert(holding->keys.end(), granted->grants.begin(), granted->grants.end());
  if (*holding == existing->holding)
    return Usage("nothing would change; say what, as --help lists");
  Record record = About(existing->id, Update{*std::move(holding)});
  record.previous = existing->state.holder.hash;
  record.authority = existing->state.authority.hash;
  return Deliver(*std::move(source), std::move(record), target, std::move(granted->files), now);
}

struct RecoverKeys {
  RecordTarget target = {};
  std::string id;
  NewKeys keys = {};
  bool lost = false;

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("ID", &id, "Identifier");
    command.Required("--record-key", &keys.record_key, "New key file");
    command.Option("--code-key", &keys.code_key, "New key file");
    keys.DeclareUse(command);
    command.Option("--lost", &lost,
                   "The old keys were lost, not stolen: their codes go on holding");
  }

  Result<int> Run() const {
    const auto now = Now();
    auto source = OpenStateSource(target);
    if (!source) return source.error();
    const auto existing = FindExisting(*source->state, id);
    if (!existing) return existing.error();
    auto granted = keys.Grant();
    if (!granted) return granted.error();
    // Old record keys and compromised keys need not be listed: a recovery ends them anyhow.
    std::vector<KeyGrant> grants = existing->holding.keys;
    std::erase_if(grants, [](const KeyGrant& grant) {
      return grant.use == KeyUse::kRecord || grant.status == KeyStatus::kCompromised;
    });
    for (KeyGrant& grant : grants) {
      if (grant.status != KeyStatus::kActive) continue;
      grant.status = lost ? KeyStatus::kRetired : KeyStatus::kCompromised;
      if (lost) grant.retired_at = Seconds(now);
    }
    grants.insert(grants.end(), granted->grants.begin(), granted->grants.end());
    Record record = About(existing->id, Recover{std::move(grants)});
    record.previous = existing->state.authority.hash;
    return Deliver(*std::move(source), std::move(record), target, std::move(granted->files), now);
  }
};

}  // namespace

void AddApply(Command& top) { top.Add("apply", "Apply for an identifier", Apply()); }

void AddUpdate(Command& top) {
  top.Add("update", "Change an identifier's content or rotate its keys", ChangeHolding());
  top.Add("recover", "Give an identifier new keys after loss or theft", RecoverKeys());
}

}  // namespace cityid::cli

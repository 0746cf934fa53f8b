#include "cli/founding.h"

#include <algorithm>
#include <cstdio>

#include "cli/checking/trust_file.h"
#include "cli/console/key_files.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/records/indispensable.h"
#include "cli/records/signing.h"
#include "cli/serving/config.h"
#include "codec/files/file.h"
#include "codec/files/key_file.h"
#include "ledger/cosigning/journal.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/state/apply.h"
#include "ledger/store/replica.h"
#include "ledger/terms/normal_text.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

Error Refused(std::string detail) { return Error{Errc::kRefused, std::move(detail)}; }

/// Says a line with names that others have chosen.
void Tell(const std::string& line) { Say(Printable(line)); }

/// Makes the journal of a new ledger, for all keys that sign its checkpoints.
Result<void> CreateJournal(const Replica& replica, const fs::path& file) {
  const auto view = replica.Read();
  if (!view) return view.error();
  const auto trust = TrustInForce(*view, {});
  if (!trust) return trust.error();
  std::vector<PublicKey> keys;
  for (const NoteKey& key : trust->logs()) keys.push_back(key.key);
  for (const NoteKey& key : trust->WitnessKeys()) keys.push_back(key.key);
  return Journal::Create(file, keys);
}

/// One institute's part in a founding: what lies beside the plan, and what to do with it.
class Part {
 public:
  Part(FoundingPlan plan, const FoundingOptions& options)
      : plan_(std::move(plan)), options_(options), place_(fs::path(options.plan).parent_path()) {}

  /// Makes this institute's keys that are missing, and the file with their public parts.
  Result<void> MakeKeys() const;
  /// Makes the genesis if this is the operator and every public part is here. Returns false if
  /// somebody else has to do something first, which is said.
  Result<bool> MakeGenesis() const;
  /// Signs the genesis with those of this institute's keys that have not signed. Returns false if
  /// nothing was signed because --json asked to see it.
  Result<bool> Sign(std::chrono::sys_seconds now) const;
  /// Founds the ledger if nobody is missing and this is the operator; says what comes next.
  Result<void> Finish(std::chrono::sys_seconds now) const;

 private:
  bool IsOperator() const { return options_.me == plan_.log_operator; }
  fs::path File(const std::string& name) const { return place_ / name; }
  fs::path Genesis() const { return File("genesis"); }
  std::vector<std::string> KeyFiles() const;
  Result<Institute> ReadPublic(std::size_t number, std::vector<PublicKey>& log_keys) const;
  Result<Policy> MakePolicy() const;
  Result<Draft> ReadGenesis() const;
  Result<void> CheckPlanned(const cityid::Genesis& genesis) const;
  Result<void> WriteTrust(const cityid::Genesis& genesis, std::chrono::sys_seconds now) const;
  std::string Command(const std::string& name) const {
    return "cityid ledger init " + fs::path(options_.plan).filename().string() + " --as " + name;
  }

  FoundingPlan plan_;
  const FoundingOptions& options_;
  fs::path place_;
};

std::vector<std::string> Part::KeyFiles() const {
  std::vector<std::string> files = {File(options_.me + ".record.key"),
                                    File(options_.me + ".witness.key")};
  if (IsOperator()) {
    files.push_back(File("log.key"));
    files.push_back(File("log-spare.key"));
  }
  return files;
}

Result<void> Part::MakeKeys() const {
  std::vector<std::string> missing = KeyFiles();
  std::erase_if(missing, Exists);
  if (!missing.empty()) {
    PassphraseOptions how = options_.signing.passphrase;
    how.none = options_.no_passphrase;
    const auto passphrase = NewPassphrase(how);
    if (!passphrase) return passphrase.error();
    for (const std::string& file : missing) {
      const auto made = CreateKeyFile(file, SecretKey::Generate(), *passphrase);
      if (!made) return made;
      Tell("made " + file + (*passphrase ? " (encrypted)" : " (not encrypted)"));
    }
  }
  const auto keys = FindKeyFiles(KeyFiles());
  if (!keys) return keys.error();
  std::string text = "# Public keys of " + options_.me + ", for the genesis\nrecord_key = \"" +
                     Hex((*keys)[0].key) + "\"\nwitness_key = \"" + Hex((*keys)[1].key) + "\"\n";
  if (IsOperator()) {
    text += "log_keys = [\"" + Hex((*keys)[2].key) + "\", \"" + Hex((*keys)[3].key) + "\"]\n";
  }
  return WriteFile(File(options_.me + ".public"), AsBytes(text));
}

Result<Institute> Part::ReadPublic(std::size_t number, std::vector<PublicKey>& log_keys) const {
  const std::string& name = plan_.institutes[number];
  const std::string file = File(name + ".public");
  std::string record_key, witness_key;
  std::vector<std::string> log;
  const auto read = ReadConfig(
      file, {{"record_key", &record_key}, {"witness_key", &witness_key}, {"log_keys", &log}});
  if (!read) return read.error();
  log.insert(log.begin(), {record_key, witness_key});
  std::vector<PublicKey> keys;
  for (const std::string& text : log) {
    const auto bytes = FromHex(text);
    const auto key = bytes ? PublicKey::From(*bytes) : std::nullopt;
    if (!key) return Error{Errc::kMalformed, file + ": '" + text + "' is no public key"};
    keys.push_back(*key);
  }
  if (name == plan_.log_operator) log_keys.assign(keys.begin() + 2, keys.end());
  return Institute{name, {{"en", plan_.titles[number]}}, keys[0], keys[1]};
}

Result<Policy> Part::MakePolicy() const {
  Policy policy;
  policy.rules = kNewestRules;
  for (std::size_t i = 0; i < plan_.institutes.size(); ++i) {
    const auto institute = ReadPublic(i, policy.log_keys);
    if (!institute) return institute.error();
    policy.institutes.push_back(*institute);
  }
  policy.quorum = static_cast<std::uint8_t>(plan_.quorum);
  policy.hosts = plan_.hosts;
  return policy;
}

Result<bool> Part::MakeGenesis() const {
  if (Exists(Genesis())) return true;
  if (!IsOperator()) {
    Tell("next: send " + options_.me + ".public to " + plan_.log_operator +
         "; when its file genesis has come back to this directory, run this command again");
    return false;
  }
  std::string missing;
  for (const std::string& name : plan_.institutes) {
    if (!Exists(File(name + ".public"))) missing += (missing.empty() ? "" : ", ") + name;
  }
  if (!missing.empty()) {
    Tell("next: get NAME.public of " + missing + ", who run " + Command("NAME") +
         "; put it into this directory and run this command again");
    return false;
  }
  auto policy = MakePolicy();
  if (!policy) return policy.error();
  const auto dispensable = CheckDispensable(*policy, options_.indispensable);
  if (!dispensable) return dispensable.error();
  Record record{{}, {}, {}, {}, {}, cityid::Genesis{plan_.origin, *std::move(policy)}};
  NormalizeTexts(record);
  const auto entry = Draft(std::move(record)).Write();
  if (!entry) return entry.error();
  if (const auto written = WriteFile(Genesis(), *entry); !written) return written.error();
  return true;
}

Result<Draft> Part::ReadGenesis() const {
  const auto entry = ReadFile(Genesis(), kMaxRecord);
  if (!entry) return entry.error();
  auto draft = Draft::Parse(*entry);
  if (!draft) return draft.error().In(Genesis().string());
  const auto* genesis = std::get_if<cityid::Genesis>(&draft->record().body);
  if (genesis == nullptr) return Refused(Genesis().string() + " is no genesis");
  if (const auto verified = draft->Verify(); !verified) return verified.error();
  if (const auto planned = CheckPlanned(*genesis); !planned) return planned.error();
  return draft;
}

/// Refuses a genesis that is not what the institutes have agreed on.
Result<void> Part::CheckPlanned(const cityid::Genesis& genesis) const {
  std::vector<std::string> names;
  for (const Institute& institute : genesis.policy.institutes) names.push_back(institute.name);
  const char* differs = genesis.origin != plan_.origin          ? "origin"
                        : genesis.policy.hosts != plan_.hosts   ? "hosts"
                        : names != plan_.institutes             ? "institutes"
                        : genesis.policy.quorum != plan_.quorum ? "quorum"
                                                                : nullptr;
  if (differs == nullptr) return {};
  return Refused(Genesis().string() + " has another " + differs + " than " + options_.plan);
}

Result<void> Part::WriteTrust(const cityid::Genesis& genesis, std::chrono::sys_seconds now) const {
  return WriteTrustFile(File("trust.txt"), {Trust::Of(genesis.origin, genesis.policy), 1, now});
}

Result<bool> Part::Sign(std::chrono::sys_seconds now) const {
  auto draft = ReadGenesis();
  if (!draft) return draft.error();
  auto keys = FindKeyFiles(KeyFiles());
  if (!keys) return keys.error();
  const std::vector<Signer> signers = draft->signers();
  std::erase_if(*keys, [&](const KeyFile& file) {
    return std::ranges::find(signers, file.key, &Signer::key) != signers.end();
  });
  if (!keys->empty()) {
    const auto missing = SignDraft(EmptyState(), *draft, *keys, options_.signing, now);
    if (!missing) return missing.error();
    if (!*missing) return false;
    const auto entry = draft->Write();
    if (!entry) return entry.error();
    if (const auto written = WriteFile(Genesis(), *entry); !written) return written.error();
    Tell("signed " + Genesis().string() + ". Its id is " + Hex(draft->id()) +
         ": compare it with what the other institutes see");
  }
  const auto trust = WriteTrust(std::get<cityid::Genesis>(draft->record().body), now);
  if (!trust) return trust.error();
  return true;
}

Result<void> Part::Finish(std::chrono::sys_seconds now) const {
  const auto draft = ReadGenesis();
  if (!draft) return draft.error();
  const auto& policy = std::get<cityid::Genesis>(draft->record().body).policy;
  const std::vector<Signer> signers = draft->signers();
  for (const Institute& institute : policy.institutes) {
    const bool complete =
        std::ranges::find(signers, institute.record_key, &Signer::key) != signers.end() &&
        std::ranges::find(signers, institute.witness_key, &Signer::key) != signers.end();
    if (complete) continue;
    Tell("next: " + institute.name +
         " signs. Send it the file genesis; there: " + Command(institute.name));
    return {};
  }
  const fs::path ledger = File("ledger");
  if (!IsOperator()) {
    Tell("every institute has signed. Send the file genesis to " + plan_.log_operator +
         "; there: " + Command(plan_.log_operator));
    return {};
  }
  if (!Exists(ledger)) {
    const auto entry = ReadFile(Genesis(), kMaxRecord);
    if (!entry) return entry.error();
    const auto created = CreateLedgerOn(*entry, ledger.string(), now);
    if (!created) return created;
    std::printf("%s\n", Hex(HashRecord(*entry)).c_str());
  }
  Tell("the ledger is founded: " + ledger.string() +
       ". Move log-spare.key to a safe place, and serve the ledger with: cityid serve --registry "
       "--ledger " +
       ledger.string() + " --log-key " + File("log.key").string() + " --witness-key " +
       File(options_.me + ".witness.key").string() +
       " --witness https://... of each other "
       "institute");
  return {};
}

}  // namespace

Result<void> CreateLedgerOn(ByteView genesis, const std::string& directory,
                            std::chrono::sys_seconds now) {
  const auto journal = Journal::FileOf(directory);
  const bool has_ledger = Exists(std::filesystem::path(directory) / "data.mdb");
  if (!has_ledger && Exists(journal)) return Journal::Create(journal, {}).error();
  const auto replica = Replica::Create(directory, genesis, now);
  if (!replica) return replica.error();
  // Nobody has signed this log yet, so its registry need not ask anybody whether its keys have.
  return CreateJournal(*replica, journal);
}

Result<int> ContinueFounding(const FoundingOptions& options, std::chrono::sys_seconds now) {
  auto plan = FoundingPlan::Read(options.plan);
  if (!plan) return plan.error();
  if (std::ranges::find(plan->institutes, options.me) == plan->institutes.end()) {
    return Usage("--as NAME says which of the institutes in " + options.plan +
                 " runs this command");
  }
  const Part part(*std::move(plan), options);
  if (const auto made = part.MakeKeys(); !made) return made.error();
  const auto ready = part.MakeGenesis();
  if (!ready) return ready.error();
  if (!*ready) return 0;
  const auto agreed = part.Sign(now);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  if (const auto finished = part.Finish(now); !finished) return finished.error();
  return 0;
}

}  // namespace cityid::cli

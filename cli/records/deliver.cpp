#include "cli/records/deliver.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/console/clock.h"
#include "cli/console/remote_json.h"
#include "cli/console/terminal.h"
#include "codec/file.h"
#include "codec/key_file.h"
#include "codec/text.h"
#include "ledger/consortium/registry.h"
#include "ledger/state/apply.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kPublicKeyDigits = 64;
/// So many digits of a key are enough for a person to know it by.
constexpr std::size_t kShownDigits = 16;

/// Returns whose signatures the rules ask for. Errors: those of `Judge`.
Result<Requirement> RequirementOf(const State& state, const Record& record,
                                  std::chrono::sys_seconds now) {
  const bool first = record.type() == RecordType::kGenesis;
  const auto judgement = Judge(state, record, {{first ? 0u : 1u, RecordHash{}}, now});
  if (!judgement) return judgement.error();
  return judgement->requirement;
}

/// Returns the role in which the rules ask for `key`, if they do.
std::optional<Role> RoleOf(const Requirement& requirement, const PublicKey& key) {
  for (const Quorum& quorum : requirement.any_of) {
    if (HasASay(requirement, {quorum.role, key})) return quorum.role;
  }
  if (HasASay(requirement, {Role::kNewKey, key})) return Role::kNewKey;
  return std::nullopt;
}

/// Prints what a record in a file lacks, and the command that comes next.
void PrintNext(RecordType type, const Missing& missing, const std::string& file) {
  if (!missing.none()) {
    std::fprintf(stderr, "still missing: %s; add it with: cityid approve %s --key KEY -o FILE\n",
                 Printable(MissingText(missing)).c_str(), file.c_str());
  } else if (type == RecordType::kGenesis) {
    std::fprintf(stderr,
                 "every signature is there; found the ledger with: cityid ledger init --genesis %s "
                 "--ledger DIR\n",
                 file.c_str());
  } else {
    std::fprintf(stderr, "every signature is there; hand it in with: cityid submit %s\n",
                 file.c_str());
  }
}

/// Prints what became of a record that was handed in. `index`: empty while it waits.
void PrintSubmission(const std::string& id, const std::string& index, bool published,
                     const Missing& missing) {
  if (!index.empty()) {
    std::printf("sequenced %s\n", index.c_str());
    if (!published) {
      std::fprintf(stderr,
                   "it is kept and has its place; a quorum of the institutes has not cosigned it "
                   "yet\n");
    }
    return;
  }
  std::printf("waiting %s\n", Printable(id).c_str());
  if (missing.none()) {
    std::fprintf(stderr, "it is complete and waits behind a batch that lacks its quorum\n");
  } else {
    std::fprintf(stderr, "still missing: %s\n", Printable(MissingText(missing)).c_str());
  }
}

Missing ReadMissing(const RemoteJson& json) {
  Missing missing{json["who"].Plain(), ParseDecimal(json["signatures"].Plain()).value_or(0), {}};
  for (const RemoteJson& text : json["new_keys"].items()) {
    const auto bytes = FromHex(text.Plain());
    const auto key = bytes ? PublicKey::From(*bytes) : std::nullopt;
    if (key) missing.new_keys.push_back(*key);
  }
  return missing;
}

Result<int> PostToRegistry(ByteView entry, const std::string& registry) {
  const auto fetched =
      Post(registry, "/registry/applications", "application/cose", std::string(AsText(entry)));
  if (!fetched) return fetched.error();
  const RemoteJson json = RemoteJson::Parse(fetched->body);
  if (!json.IsObject())
    return Error{Errc::kNetwork, registry + " does not answer as a registry does"};
  if (fetched->status == 201 || fetched->status == 202) {
    PrintSubmission(json["id"].Plain(), json["index"].Plain(), fetched->status == 201,
                    ReadMissing(json["missing"]));
    return 0;
  }
  const Errc code = fetched->status == 503 || fetched->status == 429 ? Errc::kBusy
                    : fetched->status >= 500                         ? Errc::kNetwork
                                                                     : Errc::kRefused;
  return Error{code, registry + " refused it: " + Printable(json["detail"].Plain())};
}

}  // namespace

std::string MissingText(const Missing& missing) {
  std::string text;
  if (missing.signatures > 0) text = std::to_string(missing.signatures) + " of " + missing.who;
  if (missing.new_keys.empty()) return text;
  if (!text.empty()) text += ", ";
  text += std::to_string(missing.new_keys.size()) + " new keys";
  std::string separator = " (";
  for (const PublicKey& key : missing.new_keys) {
    text += separator + Hex(key).substr(0, kShownDigits);
    separator = ", ";
  }
  return text + ")";
}

Result<Missing> MissingOf(const State& state, ByteView draft, std::chrono::sys_seconds now) {
  const auto parsed = Draft::Parse(draft);
  if (!parsed) return parsed.error();
  const auto requirement = RequirementOf(state, parsed->record(), now);
  if (!requirement) return requirement.error();
  return MissingSigners(*requirement, parsed->signers());
}

Result<std::vector<SecretKey>> OpenKeys(const std::vector<std::string>& files,
                                        const PassphraseOptions& passphrase) {
  std::vector<SecretKey> keys;
  for (const std::string& file : files) {
    if (file.empty()) continue;
    const auto secret = PassphraseFor(file, passphrase);
    if (!secret) return secret.error();
    auto key = OpenKeyFile(file, *secret);
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<PublicKey> KeyNamed(const std::string& hex_or_file) {
  if (hex_or_file.size() == kPublicKeyDigits) {
    if (const auto bytes = FromHex(hex_or_file)) return *PublicKey::From(*bytes);
  }
  const auto info = InspectKeyFile(hex_or_file);
  if (!info) return info.error();
  return info->public_key;
}

Result<Bytes> SignDraft(const State& state, Draft draft, const std::vector<SecretKey>& keys,
                        const RecordTarget& target, std::chrono::sys_seconds now) {
  const Record& record = draft.record();
  const auto requirement = RequirementOf(state, record, now);
  if (!requirement) return requirement.error();
  if (const auto known = CheckRulesVersion(record); !known) return known.error();
  for (const SecretKey& key : keys) {
    const auto role = RoleOf(*requirement, key.public_key());
    if (!role) {
      return Error{Errc::kUsage, "key " + Hex(key.public_key()).substr(0, kShownDigits) +
                                     " has no say in this record; nothing was signed"};
    }
    if (const auto added = draft.Sign({*role, &key}); !added) return added.error();
  }
  // Where the record is handed in at once, the answer says what is missing.
  if (!target.output.empty()) {
    PrintNext(record.type(), MissingSigners(*requirement, draft.signers()), target.output);
  }
  return draft.Write();
}

Result<int> Deliver(StateSource source, Record record, const RecordTarget& target,
                    std::vector<SecretKey> keys, std::chrono::sys_seconds now) {
  const auto policy = FindPolicy(*source.state);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "the ledger has no policy"};
  record.log = (*policy)->log;
  // The ledger's time counts where it is ahead of this clock.
  const auto time = std::max(now, source.rules_time);
  record.not_after = Seconds(time + std::chrono::days(target.days));
  auto more = OpenKeys(target.keys, target.passphrase);
  if (!more) return more.error();
  for (SecretKey& key : *more) keys.push_back(std::move(key));
  auto entry = SignDraft(*source.state, Draft(std::move(record)), keys, target, time);
  if (!entry) return entry.error();
  source.Close();
  return Send(*entry, target, now);
}

Result<int> Send(ByteView entry, const RecordTarget& target, std::chrono::sys_seconds now) {
  if (!target.output.empty()) {
    if (const auto written = WriteFile(target.output, entry); !written) return written.error();
    std::fprintf(stderr, "wrote %s\n", target.output.c_str());
    return 0;
  }
  if (!target.registry.empty()) return PostToRegistry(entry, target.registry);
  auto replica = Replica::Open(target.ledger, Replica::Mode::kWrite);
  if (!replica) return replica.error();
  const auto registry = Registry::Open(std::filesystem::path(target.ledger) / "inbox", *replica);
  if (!registry) return registry.error();
  const auto submission = (*registry)->Submit(entry, now);
  if (!submission) return submission.error();
  PrintSubmission(Hex(submission->id),
                  submission->index ? std::to_string(submission->index->value) : std::string(),
                  submission->published, submission->missing);
  return 0;
}

}  // namespace cityid::cli

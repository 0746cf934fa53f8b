#include "cli/records/deliver.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/clock.h"
#include "cli/terminal.h"
#include "codec/file.h"
#include "codec/key_file.h"
#include "ledger/consortium/registry.h"
#include "ledger/state/apply.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kPublicKeyDigits = 64;

/// The role in which the rules want `key`, if they do.
std::optional<Role> RoleOf(const Requirement& requirement, const PublicKey& key) {
  for (const Quorum& quorum : requirement.any_of) {
    if (HasASay(requirement, {quorum.role, key})) return quorum.role;
  }
  if (HasASay(requirement, {Role::kNewKey, key})) return Role::kNewKey;
  return std::nullopt;
}

void PrintMissing(const Missing& missing) {
  if (missing.none()) {
    std::fprintf(stderr, "every signature is there; hand it in with: cityid submit\n");
    return;
  }
  std::fprintf(stderr, "still missing: %zu of %s", missing.signatures,
               Printable(missing.who).c_str());
  if (!missing.new_keys.empty()) std::fprintf(stderr, ", %zu new keys", missing.new_keys.size());
  std::fprintf(stderr, "\n");
}

void PrintUnpublished() {
  std::fprintf(
      stderr, "it is kept and has its place; a quorum of the institutes has not cosigned it yet\n");
}

int PrintSubmission(const Submission& submission) {
  if (submission.index) {
    std::printf("sequenced %llu\n", static_cast<unsigned long long>(submission.index->value));
    if (!submission.published) PrintUnpublished();
    return 0;
  }
  std::printf("waiting %s\n", Hex(submission.id).c_str());
  if (submission.missing.none()) {
    std::fprintf(stderr, "it is complete and waits behind a batch that lacks its quorum\n");
  } else {
    PrintMissing(submission.missing);
  }
  return 0;
}

Result<int> PostToRegistry(ByteView entry, const std::string& registry) {
  const auto fetched =
      Post(registry, "/registry/applications", "application/cose", std::string(AsText(entry)));
  if (!fetched) return fetched.error();
  const auto json = nlohmann::json::parse(fetched->body, nullptr, false);
  if (!json.is_object())
    return Error{Errc::kNetwork, registry + " does not answer as a registry does"};
  if (fetched->status == 201 && json.contains("index")) {
    std::printf("sequenced %s\n", json["index"].dump().c_str());
    return 0;
  }
  if (fetched->status == 202 && json.contains("index")) {
    std::printf("sequenced %s\n", json["index"].dump().c_str());
    PrintUnpublished();
    return 0;
  }
  if (fetched->status == 202) {
    std::printf("waiting %s\n", Printable(json.value("id", "")).c_str());
    const auto missing = json.value("missing", nlohmann::json::object());
    if (missing.value("who", "").empty() && missing.value("new_keys", 0) == 0) {
      std::fprintf(stderr, "it is complete and waits behind a batch that lacks its quorum\n");
      return 0;
    }
    PrintMissing({missing.value("who", ""), missing.value("signatures", std::size_t{0}),
                  std::vector<PublicKey>(missing.value("new_keys", std::size_t{0}))});
    return 0;
  }
  const Errc code = fetched->status == 503 || fetched->status == 429 ? Errc::kBusy
                    : fetched->status >= 500                         ? Errc::kNetwork
                                                                     : Errc::kRefused;
  return Error{code, registry + " refused it: " + Printable(json.value("detail", ""))};
}

}  // namespace

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

Result<Bytes> SignDraft(const State& state, Bytes draft, const std::vector<SecretKey>& keys,
                        const RecordTarget& target, std::chrono::sys_seconds now) {
  const auto parsed = ParseDraft(draft);
  if (!parsed) return parsed.error();
  const Record& record = parsed->claimed.record;
  const bool first = record.type() == RecordType::kGenesis;
  const auto judgement = Judge(state, record, {{first ? 0u : 1u, RecordHash{}}, now});
  if (!judgement) return judgement.error();
  if (const auto known = CheckRulesVersion(record); !known) return known.error();
  for (const SecretKey& key : keys) {
    const auto role = RoleOf(judgement->requirement, key.public_key());
    if (!role) {
      return Error{Errc::kUsage, "key " + Hex(key.public_key()).substr(0, 16) +
                                     " has no say in this record; nothing was signed"};
    }
    auto more = AddSignature(draft, {*role, &key});
    if (!more) return more.error();
    draft = *std::move(more);
  }
  const auto with = ParseDraft(draft);
  if (!with) return with.error();
  // Where it is handed in at once, whoever takes it says what is missing.
  if (!target.output.empty()) {
    PrintMissing(MissingSigners(judgement->requirement, with->claimed.signers));
  }
  return draft;
}

Result<int> Deliver(StateSource source, Record record, const RecordTarget& target,
                    std::vector<SecretKey> keys, std::chrono::sys_seconds now) {
  const auto policy = FindPolicy(*source.state);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "the ledger has no policy"};
  record.log = (*policy)->log;
  const auto until = now + std::chrono::days(target.days);
  record.not_after = Seconds(until);
  auto more = OpenKeys(target.keys, target.passphrase);
  if (!more) return more.error();
  for (SecretKey& key : *more) keys.push_back(std::move(key));
  auto draft = DraftRecord(record);
  if (!draft) return draft.error();
  auto entry = SignDraft(*source.state, *std::move(draft), keys, target, now);
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
  auto replica = Replica::Open(target.ledger, Lmdb::Mode::kWrite);
  if (!replica) return replica.error();
  const auto registry = Registry::Open(std::filesystem::path(target.ledger) / "inbox", *replica);
  if (!registry) return registry.error();
  const auto submission = (*registry)->Submit(entry, now);
  if (!submission) return submission.error();
  return PrintSubmission(*submission);
}

}  // namespace cityid::cli

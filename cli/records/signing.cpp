#include "cli/records/signing.h"

#include <algorithm>

#include "cli/console/clock.h"
#include "cli/console/terminal.h"
#include "cli/records/changes.h"
#include "codec/time_text.h"
#include "ledger/state/apply.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {
namespace {

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

std::string ChangeText(const Change& change) {
  const std::string name = Printable(change.name) + ": ";
  const auto value = [](const std::optional<std::string>& text) { return Printable(*text); };
  if (change.before && change.after)
    return "  ~ " + name + value(change.before) + " -> " + value(change.after);
  return change.after ? "  + " + name + value(change.after) : "  - " + name + value(change.before);
}

/// Returns "institute a.example 8d3b07a1c2e4f506": role, name if an institute has the key, key.
std::string SignerText(const Policy& policy, Role role, const PublicKey& key) {
  std::string text(Name(role));
  for (const Institute& institute : policy.institutes) {
    if (institute.record_key == key || institute.witness_key == key)
      text += " " + Printable(institute.name);
  }
  return text + " " + ShortKey(key);
}

/// Returns the policy that names the institutes: that of a genesis, or the one in force. It is
/// empty if neither is there.
Policy KnownPolicy(const State* state, const Record& record) {
  if (const auto* genesis = std::get_if<Genesis>(&record.body)) return genesis->policy;
  if (state == nullptr) return {};
  const auto policy = FindPolicy(*state);
  return policy && *policy ? (*policy)->policy : Policy();
}

/// Returns an error if one of the keys has signed in its role already.
Result<void> CheckNotSigned(const Draft& draft, const std::vector<RoleKey>& signing) {
  const std::vector<Signer> signers = draft.signers();
  for (const RoleKey& key : signing) {
    if (std::ranges::find(signers, Signer{key.role, key.file.key}) == signers.end()) continue;
    return Error{Errc::kRefused, "key " + ShortKey(key.file.key) + " has signed as " +
                                     std::string(Name(key.role)) + " already"};
  }
  return {};
}

}  // namespace

Result<std::string> DraftText(const State* state, const Draft& draft,
                              const std::vector<RoleKey>& signing) {
  const Record& record = draft.record();
  const auto changes = ChangesOf(state, record);
  if (!changes) return changes.error();
  std::string text;
  const auto add = [&](const std::string& line) { text += Printable(line) + "\n"; };
  add(Summary(record));
  if (state == nullptr)
    add("What holds now is not known without --registry or --ledger. The record as a whole:");
  if (changes->empty()) add("  nothing changes");
  for (const Change& change : *changes) add(ChangeText(change));
  if (record.not_after) add("waits for signatures until " + TimeText(TimeOf(*record.not_after)));
  const Policy policy = KnownPolicy(state, record);
  for (const Signer& signer : draft.signers())
    add("signed so far by " + SignerText(policy, signer.role, signer.key));
  for (const RoleKey& key : signing)
    add("to be signed as " + SignerText(policy, key.role, key.file.key) + " with " + key.file.path);
  return text;
}

Result<std::string> DraftJson(const State* state, const Draft& draft,
                              const std::vector<RoleKey>& signing) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("id", Hex(draft.id()));
  json.Name("record").Raw(RecordJson(draft.record(), draft.signers()));
  if (state != nullptr) {
    const auto changes = ChangesOf(state, draft.record());
    if (!changes) return changes.error();
    json.Name("changes").BeginArray();
    for (const Change& change : *changes) {
      json.BeginObject().Member("name", change.name).Member("before", change.before);
      json.Member("after", change.after).EndObject();
    }
    json.EndArray();
  }
  json.Name("signs").BeginArray();
  for (const RoleKey& key : signing) {
    json.BeginObject().Member("role", Name(key.role)).Member("key", Hex(key.file.key));
    json.Member("file", key.file.path).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

Result<bool> ShowAndSign(const State* state, Draft& draft, const std::vector<RoleKey>& signing,
                         const SigningOptions& options) {
  if (const auto fresh = CheckNotSigned(draft, signing); !fresh) return fresh.error();
  if (const auto fits = draft.Write(); !fits) return fits.error();
  if (signing.empty() && !options.json) return true;
  const auto json = DraftJson(state, draft, signing);
  if (!json) return json.error();
  const auto text = DraftText(state, draft, signing);
  if (!text) return text.error();
  const auto agreed = ShowAndAsk({*text, *json}, "Sign this?", options);
  if (!agreed || !*agreed) return agreed;
  std::vector<std::string> files;
  for (const RoleKey& key : signing) files.push_back(key.file.path);
  const auto opened = OpenKeys(files, options.passphrase);
  if (!opened) return opened.error();
  for (std::size_t i = 0; i < signing.size(); ++i) {
    const auto added = draft.Sign({signing[i].role, &(*opened)[i]});
    if (!added) return added.error();
  }
  return true;
}

std::string MissingText(const Missing& missing) {
  std::string text;
  if (missing.signatures > 0) text = std::to_string(missing.signatures) + " of " + missing.who;
  if (missing.new_keys.empty()) return text;
  if (!text.empty()) text += ", ";
  text += std::to_string(missing.new_keys.size()) + " new keys";
  std::string separator = " (";
  for (const PublicKey& key : missing.new_keys) {
    text += separator + ShortKey(key);
    separator = ", ";
  }
  return text + ")";
}

Result<Missing> MissingOf(const State& state, const Draft& draft, std::chrono::sys_seconds now) {
  const auto requirement = RequirementOf(state, draft.record(), now);
  if (!requirement) return requirement.error();
  return MissingSigners(*requirement, draft.signers());
}

Result<std::optional<Missing>> SignDraft(const State& state, Draft& draft,
                                         const std::vector<KeyFile>& keys,
                                         const SigningOptions& options,
                                         std::chrono::sys_seconds now) {
  const auto requirement = RequirementOf(state, draft.record(), now);
  if (!requirement) return requirement.error();
  if (const auto known = CheckRulesVersion(draft.record()); !known) return known.error();
  std::vector<RoleKey> signing;
  for (const KeyFile& key : keys) {
    const auto role = RoleOf(*requirement, key.key);
    if (!role)
      return Usage("key " + ShortKey(key.key) + " has no say in this record; nothing was signed");
    signing.push_back({*role, key});
  }
  const auto done = ShowAndSign(&state, draft, signing, options);
  if (!done) return done.error();
  if (!*done) return std::optional<Missing>();
  return std::optional(MissingSigners(*requirement, draft.signers()));
}

}  // namespace cityid::cli

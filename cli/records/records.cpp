// cityid apply | update | recover | suspend | resume | supersede | revoke | aliases | revoke-codes
// | delegate | policy: each makes one record and delivers it.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "cli/clock.h"
#include "cli/records/deliver.h"
#include "codec/file.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kMaxJson = 256 * 1024;

Error Usage(std::string detail) { return Error{Errc::kUsage, std::move(detail)}; }

Result<TextMap> ParseAliases(const std::vector<std::string>& pairs) {
  TextMap aliases;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos)
      return Usage("--alias is SCHEME=VALUE, such as gbt2260=130100");
    const auto [alias, added] = aliases.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    if (!added) return Usage("--alias names " + alias->first + " twice");
  }
  return aliases;
}

Result<KeyGrant> CodeKeyGrant(const PublicKey& key, const std::vector<std::string>& names,
                              std::uint8_t depth) {
  KeyGrant grant{key, KeyUse::kCode, {}, depth, KeyStatus::kActive, {}};
  for (const std::string& name : names) {
    const auto purpose = PurposeFromName(name);
    if (!purpose) return Usage("--purpose is one of city, unit, device, document");
    grant.purposes.push_back(*purpose);
  }
  std::ranges::sort(grant.purposes);
  return grant;
}

/// Grants for new key files, and the keys themselves to introduce them.
struct NewKeyFiles {
  std::vector<KeyGrant> grants;
  std::vector<SecretKey> keys;
};

Result<NewKeyFiles> OpenNewKeys(const std::string& record_key, const std::string& code_key,
                                const std::vector<std::string>& purposes, std::uint8_t depth,
                                const PassphraseOptions& passphrase) {
  NewKeyFiles files;
  auto keys = OpenKeys({record_key, code_key}, passphrase);
  if (!keys) return keys.error();
  files.keys = *std::move(keys);
  std::size_t next = 0;
  if (!record_key.empty()) {
    files.grants.push_back(
        {files.keys[next++].public_key(), KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}});
  }
  if (!code_key.empty()) {
    const auto grant = CodeKeyGrant(files.keys[next].public_key(), purposes, depth);
    if (!grant) return grant.error();
    files.grants.push_back(*grant);
  }
  return files;
}

Result<Holding> ReadContent(const std::string& file) {
  const auto text = ReadFile(file, kMaxJson);
  if (!text) return text.error();
  auto holding = ParseHoldingJson(AsText(*text));
  if (!holding) return holding.error().In(file);
  return holding;
}

/// An identifier that exists, as it is now.
struct Existing {
  CityId id;
  IdentifierState state;
  Holding holding;
};

Result<Existing> FindExisting(const State& state, const std::string& text) {
  const auto id = CityId::Parse(text);
  if (!id) return Usage(id.error().detail);
  const auto found = FindIdentifier(state, *id);
  if (!found) return found.error();
  if (!*found) return Error{Errc::kRefused, id->text() + " is not registered"};
  auto holding = ReadHolding(state, **found);
  if (!holding) return holding.error();
  return Existing{*id, **found, *std::move(holding)};
}

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

std::optional<std::uint32_t> ParseSerial(std::string_view text) {
  std::uint32_t serial = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), serial);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return serial;
}

/// "1,5-9"; nothing for an empty text.
Result<std::vector<SerialRange>> ParseSerials(std::string_view text) {
  std::vector<SerialRange> ranges;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const auto first = ParseSerial(part.substr(0, part.find('-')));
    const bool single = part.find('-') == std::string_view::npos;
    const auto last = single ? first : ParseSerial(part.substr(part.find('-') + 1));
    if (!first || !last || comma + 1 == text.size()) return Usage("--serials looks like 1,5-9");
    ranges.push_back({*first, *last});
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  std::ranges::sort(ranges, {}, &SerialRange::first);
  return ranges;
}

Record About(const CityId& id, RecordBody body) {
  return {{}, id.text(), {}, {}, {}, std::move(body)};
}

}  // namespace

Result<int> RunApply(const ApplyOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  const auto id = CityId::Parse(options.id);
  if (!id) return Usage(id.error().detail);
  auto holding = ReadContent(options.content);
  if (!holding) return holding.error();
  auto aliases = ParseAliases(options.aliases);
  if (!aliases) return aliases.error();
  auto files = OpenNewKeys(options.record_key, options.code_key, options.purposes, options.depth,
                           options.target.passphrase);
  if (!files) return files.error();
  holding->keys = std::move(files->grants);
  return Deliver(*std::move(source), About(*id, Assign{*std::move(holding), *std::move(aliases)}),
                 options.target, std::move(files->keys), now);
}

Result<int> RunUpdate(const UpdateOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  auto existing = FindExisting(*source->state, options.id);
  if (!existing) return existing.error();
  Holding holding = existing->holding;
  if (!options.content.empty()) {
    auto content = ReadContent(options.content);
    if (!content) return content.error();
    content->keys = std::move(holding.keys);
    holding = *std::move(content);
  }
  const auto retired = SetStatus(holding.keys, options.retire, KeyStatus::kRetired, now);
  if (!retired) return retired.error();
  const auto lost = SetStatus(holding.keys, options.compromised, KeyStatus::kCompromised, now);
  if (!lost) return lost.error();
  auto files = OpenNewKeys(options.add_record_key, options.add_code_key, options.purposes,
                           options.depth, options.target.passphrase);
  if (!files) return files.error();
  holding.keys.insert(holding.keys.end(), files->grants.begin(), files->grants.end());
  if (holding == existing->holding) return Usage("nothing would change; say what, as --help lists");
  Record record = About(existing->id, Update{std::move(holding)});
  record.previous = existing->state.holder.hash;
  record.authority = existing->state.authority.hash;
  return Deliver(*std::move(source), std::move(record), options.target, std::move(files->keys),
                 now);
}

Result<int> RunRecover(const RecoverOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  auto existing = FindExisting(*source->state, options.id);
  if (!existing) return existing.error();
  auto files = OpenNewKeys(options.record_key, options.code_key, options.purposes, options.depth,
                           options.target.passphrase);
  if (!files) return files.error();
  // Old record keys and compromised ones have nothing left to say and need not be listed.
  std::vector<KeyGrant> keys = existing->holding.keys;
  std::erase_if(keys, [](const KeyGrant& grant) {
    return grant.use == KeyUse::kRecord || grant.status == KeyStatus::kCompromised;
  });
  for (KeyGrant& grant : keys) {
    if (grant.status != KeyStatus::kActive) continue;
    grant.status = options.lost ? KeyStatus::kRetired : KeyStatus::kCompromised;
    if (options.lost) grant.retired_at = Seconds(now);
  }
  keys.insert(keys.end(), files->grants.begin(), files->grants.end());
  Record record = About(existing->id, Recover{std::move(keys)});
  record.previous = existing->state.authority.hash;
  return Deliver(*std::move(source), std::move(record), options.target, std::move(files->keys),
                 now);
}

Result<int> RunChangeStatus(const StatusOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  const auto existing = FindExisting(*source->state, options.id);
  if (!existing) return existing.error();
  std::optional<std::string> reason;
  if (!options.reason.empty()) reason = options.reason;
  auto aliases = ParseAliases(options.aliases);
  if (!aliases) return aliases.error();
  RecordBody body = Suspend{reason};
  if (options.what == "resume") body = Resume{reason};
  if (options.what == "revoke") body = Revoke{reason};
  if (options.what == "supersede") body = Supersede{options.successor, reason};
  if (options.what == "aliases") body = Aliases{*std::move(aliases)};
  Record record = About(existing->id, std::move(body));
  record.previous = existing->state.authority.hash;
  if (options.as_holder) {
    record.previous = existing->state.holder.hash;
    record.authority = existing->state.authority.hash;
  }
  return Deliver(*std::move(source), std::move(record), options.target, {}, now);
}

Result<int> RunRevokeCodes(const RevokeCodesOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  const auto existing = FindExisting(*source->state, options.id);
  if (!existing) return existing.error();
  const auto key = KeyNamed(options.code_key);
  if (!key) return key.error();
  auto serials = ParseSerials(options.serials);
  if (!serials) return serials.error();
  RevokeCodes revoke{*key, *std::move(serials), {}, options.serial_below};
  if (!options.issued_before.empty()) {
    const auto day = ParseDay(options.issued_before);
    if (!day) return day.error();
    revoke.issued_before = Seconds(*day);
  }
  return Deliver(*std::move(source), About(existing->id, std::move(revoke)), options.target, {},
                 now);
}

Result<int> RunDelegate(const DelegateOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  if (options.withdraw != options.registrar_keys.empty()) {
    return Usage("give either --registrar-key or --withdraw");
  }
  const auto prefix = Prefix::Parse(options.prefix);
  if (!prefix) return Usage(prefix.error().detail);
  const auto found = FindPrefix(*source->state, *prefix);
  if (!found) return found.error();
  const std::vector<PublicKey> old = *found ? (*found)->registrar.keys : std::vector<PublicKey>();
  Delegate delegate;
  std::vector<SecretKey> signing;
  for (const std::string& name : options.registrar_keys) {
    const auto key = KeyNamed(name);
    if (!key) return key.error();
    delegate.registrar.keys.push_back(*key);
    // A key that is new and here as a file introduces itself at once.
    const bool is_new = std::ranges::find(old, *key) == old.end();
    if (!is_new || FromHex(name)) continue;
    auto opened = OpenKeys({name}, options.target.passphrase);
    if (!opened) return opened.error();
    signing.push_back(std::move(opened->front()));
  }
  if (!options.withdraw) delegate.registrar.threshold = options.threshold;
  if (!options.title.empty()) delegate.registrar.title["en"] = options.title;
  Record record{{}, prefix->text(), {}, {}, {}, std::move(delegate)};
  if (*found) record.previous = (*found)->record.hash;
  return Deliver(*std::move(source), std::move(record), options.target, std::move(signing), now);
}

Result<int> RunPolicy(const PolicyOptions& options, std::chrono::sys_seconds now) {
  auto source = OpenStateSource(options.target);
  if (!source) return source.error();
  const auto current = FindPolicy(*source->state);
  if (!current) return current.error();
  if (!*current) return Error{Errc::kCorrupt, "the ledger has no policy"};
  if (options.file.empty()) {
    std::printf("%s\n", PolicyJson((*current)->policy).c_str());
    return 0;
  }
  const auto text = ReadFile(options.file, kMaxJson);
  if (!text) return text.error();
  auto policy = ParsePolicyJson(AsText(*text));
  if (!policy) return policy.error().In(options.file);
  Record record{{}, {}, (*current)->record.hash, {}, {}, PolicyChange{*std::move(policy)}};
  return Deliver(*std::move(source), std::move(record), options.target, {}, now);
}

}  // namespace cityid::cli

#include "ledger/record/content.h"

#include <algorithm>
#include <array>
#include <set>

#include "codec/named.h"
#include "ledger/tlog/note.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxActiveKeys = 8;
constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxRegistrarKeys = 16;
constexpr std::size_t kMaxInstitutes = 29;
constexpr std::size_t kMaxWitnesses = 32;
constexpr std::size_t kMaxLogKeys = 4;
constexpr std::size_t kMaxHosts = 16;
constexpr std::size_t kMaxEndpoints = 64;
constexpr std::size_t kMaxText = 512;
constexpr std::size_t kMaxUri = 2048;
constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLanguageTag(std::string_view tag) {
  return tag.size() >= 2 && tag.size() <= 35 && std::ranges::all_of(tag, [](char c) {
           return IsLower(c) || IsUpper(c) || IsDigit(c) || c == '-';
         });
}

Result<void> CheckTexts(const TextMap& texts, const char* rule) {
  for (const auto& [language, text] : texts) {
    if (!IsLanguageTag(language))
      return RefusedBy(std::string(rule) + ": '" + language + "' is no language tag");
    if (!IsPlainText(text))
      return RefusedBy(std::string(rule) + ": a text is empty, too long or has control characters");
  }
  return {};
}

/// Returns true for a scheme followed by printable ASCII (RFC 3986). Whether the address may be
/// served is decided elsewhere (codec/address.h).
bool IsUri(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (uri.size() > kMaxUri || colon == std::string_view::npos || colon == 0) return false;
  const bool is_scheme = std::ranges::all_of(uri.substr(0, colon), [](char c) {
    return IsLower(c) || IsDigit(c) || c == '+' || c == '-' || c == '.';
  });
  if (!IsLower(uri[0]) || !is_scheme) return false;
  return uri.size() > colon + 1 && std::ranges::all_of(uri, [](char c) {
           return c > 0x20 && c < 0x7F &&
                  std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
         });
}

bool IsLevel(std::string_view level) {
  return !level.empty() && level.size() <= 32 &&
         std::ranges::all_of(level, [](char c) { return IsLower(c) || c == '-'; });
}

bool SameRights(const KeyGrant& a, const KeyGrant& b) {
  return a.use == b.use && a.purposes == b.purposes && a.depth == b.depth;
}

Result<void> CheckNewKeysActive(const std::vector<KeyGrant>& before,
                                const std::vector<KeyGrant>& after) {
  for (const KeyGrant& grant : after) {
    const bool is_new = std::ranges::find(before, grant.key, &KeyGrant::key) == before.end();
    if (is_new && grant.status != KeyStatus::kActive) {
      return RefusedBy("key-new: a new key is active");
    }
  }
  return {};
}

Result<void> CheckGrant(const KeyGrant& grant) {
  if (grant.retired_at.has_value() != (grant.status == KeyStatus::kRetired)) {
    return RefusedBy("keys: retired_at goes with status retired, and only with it");
  }
  if (grant.retired_at.value_or(0) > kLastSecond)
    return RefusedBy("keys: retired_at is after 9999");
  if (grant.use == KeyUse::kRecord) {
    if (!grant.purposes.empty() || grant.depth != 0) {
      return RefusedBy("keys: a record key has no purposes and no depth");
    }
    return {};
  }
  if (grant.purposes.empty()) return RefusedBy("keys: a code key needs a purpose");
  if (std::ranges::adjacent_find(grant.purposes, std::ranges::greater_equal()) !=
      grant.purposes.end()) {
    return RefusedBy("keys: purposes out of order or twice");
  }
  if (grant.depth >= CityId::kMaxNodes) return RefusedBy("keys: depth is at most 7");
  return {};
}

/// Names, and that all keys and names of a policy are different.
Result<void> CheckPolicyParties(const Policy& policy) {
  std::set<PublicKey> keys;
  std::set<std::string> names;
  bool different = true;
  for (const PublicKey& key : policy.log_keys) different &= keys.insert(key).second;
  for (const Institute& institute : policy.institutes) {
    if (!IsKeyName(institute.name))
      return RefusedBy("policy-name: '" + institute.name + "' is no key name");
    if (const auto title = CheckTexts(institute.title, "policy-title"); !title) return title;
    different &= names.insert(institute.name).second;
    different &= keys.insert(institute.record_key).second;
    different &= keys.insert(institute.witness_key).second;
  }
  for (const OutsideWitness& witness : policy.witnesses) {
    if (!IsKeyName(witness.name))
      return RefusedBy("policy-name: '" + witness.name + "' is no key name");
    different &= names.insert(witness.name).second;
    different &= keys.insert(witness.key).second;
  }
  if (!different) return RefusedBy("policy-keys: all names and keys must be different");
  return {};
}

}  // namespace

bool IsRelation(std::string_view rel) {
  if (rel.empty() || rel.size() > 64) return false;
  const bool extension = rel[0] == '_';
  return std::ranges::all_of(rel.substr(extension ? 1 : 0), [&](char c) {
    return IsLower(c) || IsDigit(c) || (extension ? IsUpper(c) || c == '_' : c == '-' || c == '.');
  });
}

std::string_view Name(Access access) {
  return NameIn<Access>({{Access::kOpen, "open"},
                         {Access::kRegistered, "registered"},
                         {Access::kRestricted, "restricted"}},
                        access);
}

std::string_view Name(KeyUse use) {
  return NameIn<KeyUse>({{KeyUse::kRecord, "record"}, {KeyUse::kCode, "code"}}, use);
}

std::string_view Name(KeyStatus status) {
  return NameIn<KeyStatus>({{KeyStatus::kActive, "active"},
                            {KeyStatus::kRetired, "retired"},
                            {KeyStatus::kCompromised, "compromised"}},
                           status);
}

Result<void> CheckMetadata(const Metadata& metadata) {
  if (metadata.names.empty()) return RefusedBy("names: at least one is needed");
  if (const auto names = CheckTexts(metadata.names, "names"); !names) return names;
  if (!IsLevel(metadata.level)) return RefusedBy("level: must be 1 to 32 of a-z and '-'");
  if (const auto& country = metadata.country) {
    if (country->size() != 2 || !std::ranges::all_of(*country, IsUpper))
      return RefusedBy("country: must be two letters A-Z");
  }
  if (const auto& position = metadata.position) {
    const bool on_earth = position->latitude >= -900'000'000 && position->latitude <= 900'000'000 &&
                          position->longitude >= -1'800'000'000 &&
                          position->longitude <= 1'800'000'000;
    if (!on_earth) {
      return RefusedBy("position: outside of the earth's coordinates");
    }
  }
  if (metadata.website && !IsUri(*metadata.website)) return RefusedBy("website: not a URI");
  if (metadata.time_zone && !IsPlainText(*metadata.time_zone))
    return RefusedBy("time-zone: not a name");
  return {};
}

Result<void> CheckEndpoints(const std::vector<Endpoint>& endpoints) {
  if (endpoints.size() > kMaxEndpoints) return RefusedBy("endpoints: more than 64");
  for (const Endpoint& endpoint : endpoints) {
    if (!IsRelation(endpoint.rel)) return RefusedBy("endpoint-relation: '" + endpoint.rel + "'");
    if (!IsUri(endpoint.href)) return RefusedBy("endpoint-address: not an absolute URI");
    if (endpoint.type && !IsPlainText(*endpoint.type))
      return RefusedBy("endpoint-type: not a media type");
    if (const auto title = CheckTexts(endpoint.title, "endpoint-title"); !title) return title;
    if (!std::ranges::all_of(endpoint.languages, IsLanguageTag))
      return RefusedBy("endpoint-language: not a language tag");
    if (endpoint.licence && !IsPlainText(*endpoint.licence))
      return RefusedBy("endpoint-licence: empty or too long");
    if (!std::ranges::all_of(endpoint.conforms_to, IsUri))
      return RefusedBy("endpoint-conforms-to: not a URI");
    if (!endpoint.partners.empty() && endpoint.access != Access::kRestricted) {
      return RefusedBy("endpoint-partners: only a restricted endpoint has partners");
    }
  }
  return {};
}

Result<void> CheckKeys(const std::vector<KeyGrant>& keys) {
  if (keys.empty() || keys.size() > kMaxKeys) return RefusedBy("keys: 1 to 64 are needed");
  std::set<PublicKey> seen;
  std::size_t active = 0;
  bool record_key = false;
  for (const KeyGrant& grant : keys) {
    if (!seen.insert(grant.key).second) return RefusedBy("keys: one is listed twice");
    if (const auto checked = CheckGrant(grant); !checked) return checked;
    if (grant.status != KeyStatus::kActive) continue;
    ++active;
    record_key |= grant.use == KeyUse::kRecord;
  }
  if (active > kMaxActiveKeys) return RefusedBy("keys: more than 8 are active");
  if (!record_key) return RefusedBy("keys: an active record key is needed");
  return {};
}

Result<void> CheckHolding(const Holding& holding) {
  if (const auto metadata = CheckMetadata(holding.metadata); !metadata) return metadata;
  if (const auto endpoints = CheckEndpoints(holding.endpoints); !endpoints) return endpoints;
  return CheckKeys(holding.keys);
}

Result<void> CheckPolicy(const Policy& policy) {
  const std::size_t n = policy.institutes.size();
  if (n == 0 || n > kMaxInstitutes) return RefusedBy("policy-institutes: 1 to 29 are needed");
  if (policy.quorum > n)
    return RefusedBy("policy-quorum: k is above the number of institutes; nobody could act");
  if (policy.quorum * 2u <= n)
    return RefusedBy("policy-quorum: k must be more than half of the institutes");
  if (policy.witnesses.size() > kMaxWitnesses) {
    return RefusedBy("policy-witnesses: at most 32 outside witnesses");
  }
  if (policy.witness_quorum > policy.witnesses.size()) {
    return RefusedBy("policy-witnesses: their quorum is above their number; nobody could act");
  }
  if (policy.log_keys.empty() || policy.log_keys.size() > kMaxLogKeys) {
    return RefusedBy("policy-log-keys: 1 to 4 are needed");
  }
  if (policy.hosts.empty() || policy.hosts.size() > kMaxHosts) {
    return RefusedBy("policy-hosts: 1 to 16 are needed");
  }
  if (!std::ranges::all_of(policy.hosts, IsHostName))
    return RefusedBy("policy-hosts: not a host name");
  if (policy.rules == 0) return RefusedBy("policy-rules: versions count from 1");
  // A note that every verifier reads has room for the log's signature and 15 cosignatures.
  if (policy.quorum + policy.witness_quorum >= kMaxNoteSignatures) {
    return RefusedBy("policy-quorum: at most 15 cosignatures can be asked for");
  }
  return CheckPolicyParties(policy);
}

Result<void> CheckRegistrar(const Registrar& registrar) {
  if (registrar.keys.size() > kMaxRegistrarKeys) return RefusedBy("registrar-keys: more than 16");
  if (registrar.threshold > registrar.keys.size() ||
      (registrar.threshold == 0) != registrar.keys.empty()) {
    return RefusedBy("registrar-threshold: must be 1 to the number of keys; 0 without any");
  }
  if (std::set(registrar.keys.begin(), registrar.keys.end()).size() != registrar.keys.size()) {
    return RefusedBy("registrar-keys: one is listed twice");
  }
  return CheckTexts(registrar.title, "registrar-title");
}

Result<void> CheckKeyChange(const std::vector<KeyGrant>& before,
                            const std::vector<KeyGrant>& after) {
  for (const KeyGrant& old : before) {
    const auto found = std::ranges::find(after, old.key, &KeyGrant::key);
    if (found == after.end()) return RefusedBy("key-removed: keys are never removed, only retired");
    if (!SameRights(*found, old))
      return RefusedBy("key-changed: use, purposes and depth of a key stay");
    if (found->status < old.status) {
      return RefusedBy("key-revived: a key does not become active again");
    }
    if (found->status == KeyStatus::kRetired && old.status == KeyStatus::kRetired &&
        found->retired_at != old.retired_at) {
      return RefusedBy("key-retired: when a key was retired stays");
    }
  }
  return CheckNewKeysActive(before, after);
}

Result<void> CheckRecoveredKeys(const std::vector<KeyGrant>& before,
                                const std::vector<KeyGrant>& after) {
  for (const KeyGrant& old : before) {
    const auto found = std::ranges::find(after, old.key, &KeyGrant::key);
    if (found == after.end()) continue;
    if (!SameRights(*found, old))
      return RefusedBy("key-changed: use, purposes and depth of a key stay");
    if (found->status == KeyStatus::kActive) {
      return RefusedBy("recover-keys: no old key stays active");
    }
  }
  return CheckNewKeysActive(before, after);
}

std::span<const std::string_view> AliasSchemes() {
  static constexpr auto kSchemes = std::to_array<std::string_view>(
      {"did", "gbt2260", "geonames", "gln", "iso3166-2", "unlocode", "wikidata"});
  return kSchemes;
}

bool IsAliasScheme(std::string_view scheme) {
  return std::ranges::binary_search(AliasSchemes(), scheme);
}

Result<void> CheckAliases(const TextMap& aliases) {
  for (const auto& [scheme, value] : aliases) {
    if (!IsAliasScheme(scheme)) return RefusedBy("alias-scheme: '" + scheme + "' is unknown");
    const bool graphic = std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7F; });
    if (value.empty() || value.size() > 128 || !graphic)
      return RefusedBy("alias-value: 1 to 128 printable characters");
  }
  return {};
}

bool IsPlainText(std::string_view text) {
  if (text.empty() || text.size() > kMaxText) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    // U+0080 to U+009F are control characters as well.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return false;
    }
    const std::string_view mark = text.substr(i, 3);
    if ((mark >= "\xE2\x80\xAA" && mark <= "\xE2\x80\xAE") ||
        (mark >= "\xE2\x81\xA6" && mark <= "\xE2\x81\xA9")) {
      return false;
    }
  }
  return true;
}

bool IsKeyName(std::string_view name) {
  return !name.empty() && name.size() <= 128 &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F && c != '+'; });
}

}  // namespace cityid

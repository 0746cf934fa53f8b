#include "ledger/state/state.h"

#include "codec/named.h"

namespace cityid {
namespace {

Bytes Key(char type) { return {static_cast<std::uint8_t>(type)}; }

Error Misplaced(const RecordRef& ref, const char* what) {
  return Error{Errc::kCorrupt, "ledger: entry " + std::to_string(ref.index) + " holds no " + what};
}

}  // namespace

std::string_view Name(IdStatus status) {
  return NameIn<IdStatus>({{IdStatus::kActive, "active"},
                           {IdStatus::kSuspended, "suspended"},
                           {IdStatus::kSuperseded, "superseded"},
                           {IdStatus::kWithdrawn, "withdrawn"}},
                          status);
}

Error CorruptValue(const std::string& what, const Error& error) {
  return Error{Errc::kCorrupt, "ledger: " + what + ": " + error.detail};
}

Bytes IdentifierKey(const CityId& id) {
  Bytes key = Key('I');
  key.push_back(static_cast<std::uint8_t>(id.depth()));
  Append(key, AsBytes(id.text()));
  return key;
}

Bytes AliasKey(std::string_view scheme, std::string_view value) {
  Bytes key = Key('A');
  Append(key, AsBytes(scheme));
  key.push_back('|');
  Append(key, AsBytes(value));
  return key;
}

Bytes UsedKeyKey(const PublicKey& public_key) {
  Bytes key = Key('K');
  Append(key, Sha256(public_key.view()).view());
  return key;
}

Bytes PolicyKey() { return Key('G'); }

Bytes PrefixKey(const Prefix& prefix) {
  Bytes key = Key('P');
  Append(key, AsBytes(prefix.text()));
  return key;
}

Bytes NoAlias() { return std::move(CborWriter().Null()).bytes(); }

Result<std::optional<IdentifierState>> FindIdentifier(const State& state, const CityId& id) {
  return FindValue<IdentifierState>(state, IdentifierKey(id), "identifier");
}

Result<std::optional<CityId>> FindAlias(const State& state, std::string_view scheme,
                                        std::string_view value) {
  const Bytes key = AliasKey(scheme, value);
  const auto found = state.Get(key);
  if (found && *found && Equal(**found, NoAlias())) return std::optional<CityId>();
  return DecodeFound<CityId>(found, "alias");
}

Result<std::optional<PolicyState>> FindPolicy(const State& state) {
  return FindValue<PolicyState>(state, PolicyKey(), "policy");
}

Result<PolicyState> PolicyInForce(const State& state) {
  auto policy = FindPolicy(state);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  return **std::move(policy);
}

Result<Record> ReadRecord(const State& state, const RecordRef& ref) {
  const auto entry = state.Entry(Index{ref.index});
  if (!entry) return entry.error();
  if (HashRecord(*entry) != ref.hash) {
    return Error{Errc::kCorrupt, "ledger: entry " + std::to_string(ref.index) +
                                     " is not the one that the state names"};
  }
  auto record = ParseRecord(*entry);
  if (!record) return CorruptValue("entry " + std::to_string(ref.index), record.error());
  return std::move(record->record);
}

Result<std::optional<PrefixState>> FindPrefix(const State& state, const Prefix& prefix) {
  return FindValue<PrefixState>(state, PrefixKey(prefix), "prefix");
}

Result<std::optional<FoundRegistrar>> FindRegistrar(const State& state, Prefix prefix) {
  for (std::optional<Prefix> p = std::move(prefix); p; p = p->Parent()) {
    auto found = FindPrefix(state, *p);
    if (!found) return found.error();
    if (*found && !(*found)->registrar.keys.empty()) {
      return std::optional(FoundRegistrar{*p, std::move((*found)->registrar)});
    }
  }
  return std::optional<FoundRegistrar>();
}

Result<TextMap> ReadAliases(const State& state, const IdentifierState& id) {
  auto record = ReadRecord(state, id.aliases);
  if (!record) return record.error();
  if (auto* assign = std::get_if<Assign>(&record->body)) return std::move(assign->aliases);
  if (auto* aliases = std::get_if<Aliases>(&record->body)) return std::move(aliases->aliases);
  return Misplaced(id.aliases, "aliases");
}

namespace {

/// Reads content and keys, and the aliases if the content's record has them.
Result<HoldingAndAliases> ReadContentRecord(const State& state, const IdentifierState& id) {
  auto record = ReadRecord(state, id.content);
  if (!record) return record.error();
  HoldingAndAliases content;
  if (auto* assign = std::get_if<Assign>(&record->body)) {
    content = {std::move(assign->holding), std::move(assign->aliases)};
  } else if (auto* update = std::get_if<Update>(&record->body)) {
    content.holding = std::move(update->holding);
  } else {
    return Misplaced(id.content, "content");
  }
  if (id.keys == id.content) return content;
  auto recovery = ReadRecord(state, id.keys);
  if (!recovery) return recovery.error();
  auto* recover = std::get_if<Recover>(&recovery->body);
  if (recover == nullptr) return Misplaced(id.keys, "keys");
  content.holding.keys = std::move(recover->keys);
  return content;
}

}  // namespace

Result<HoldingAndAliases> ReadContent(const State& state, const IdentifierState& id) {
  auto content = ReadContentRecord(state, id);
  if (!content || id.aliases == id.content) return content;
  auto aliases = ReadAliases(state, id);
  if (!aliases) return aliases.error();
  content->aliases = *std::move(aliases);
  return content;
}

Result<Holding> ReadHolding(const State& state, const IdentifierState& id) {
  auto content = ReadContentRecord(state, id);
  if (!content) return content.error();
  return std::move(content->holding);
}

}  // namespace cityid

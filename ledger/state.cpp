#include "ledger/state.h"

namespace cityid {
namespace {

Bytes Key(char type) { return {static_cast<std::uint8_t>(type)}; }

void Append(Bytes& key, ByteView part) { key.insert(key.end(), part.begin(), part.end()); }

Error Corrupt(const std::string& what, const Error& error) {
  return Error{Errc::kCorrupt, "ledger: " + what + ": " + error.detail};
}

template <class T>
Result<std::optional<T>> Find(const State& state, ByteView key, const char* what) {
  const auto value = state.Get(key);
  if (!value) return value.error();
  if (!*value) return std::optional<T>();
  auto decoded = DecodeFields<T>(**value);
  if (!decoded) return Corrupt(what, decoded.error());
  return std::optional<T>(*std::move(decoded));
}

}  // namespace

std::string_view Name(IdStatus) { return "active"; }

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

Result<std::optional<ByteView>> MemoryState::Get(ByteView key) const {
  const auto found = values_.find(Bytes(key.begin(), key.end()));
  if (found == values_.end()) return std::optional<ByteView>();
  return std::optional<ByteView>(found->second);
}

Result<ByteView> MemoryState::Entry(Index index) const {
  if (index.value >= entries_.size()) return Error{Errc::kCorrupt, "ledger: entry is missing"};
  return ByteView(entries_[index.value]);
}

Result<std::optional<IdentifierState>> FindIdentifier(const State& state, const CityId& id) {
  return Find<IdentifierState>(state, IdentifierKey(id), "identifier");
}

Result<std::optional<CityId>> FindAlias(const State& state, std::string_view scheme,
                                        std::string_view value) {
  return Find<CityId>(state, AliasKey(scheme, value), "alias");
}

Result<std::optional<PolicyState>> FindPolicy(const State& state) {
  return Find<PolicyState>(state, PolicyKey(), "policy");
}

Result<Record> ReadRecord(const State& state, const RecordRef& ref) {
  const auto entry = state.Entry(Index{ref.index});
  if (!entry) return entry.error();
  auto record = ParseRecord(*entry);
  if (!record) return Corrupt("entry " + std::to_string(ref.index), record.error());
  return std::move(record->record);
}

Result<Holding> ReadHolding(const State& state, const IdentifierState& id) {
  auto record = ReadRecord(state, id.holder);
  if (!record) return record.error();
  if (auto* assign = std::get_if<Assign>(&record->body)) return std::move(assign->holding);
  return Error{Errc::kCorrupt,
               "ledger: entry " + std::to_string(id.holder.index) + " holds no content"};
}

}  // namespace cityid

// The state of the ledger: typed keys, their values, and how they are looked up
// (docs/ledger-format.md 4).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/record/record.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

enum class IdStatus : std::uint8_t { kActive = 1, kSuspended = 2, kSuperseded = 3, kWithdrawn = 4 };
std::string_view Name(IdStatus status);
inline bool Known(IdStatus status) {
  return status >= IdStatus::kActive && status <= IdStatus::kWithdrawn;
}

/// A record by its place and its hash.
struct RecordRef {
  std::uint64_t index = 0;
  RecordHash hash;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "index", s.index);
    f(2, "hash", s.hash);
  }
  friend bool operator==(const RecordRef&, const RecordRef&) = default;
};

/// Value of key `I`: what an identifier's two chains have come to, and which records say what
/// holds.
struct IdentifierState {
  IdStatus status = IdStatus::kActive;
  RecordRef authority;               ///< head of the authority's chain
  RecordRef holder;                  ///< head of the holder's chain
  RecordRef content;                 ///< metadata and endpoints: `assign` or `update`
  RecordRef keys;                    ///< `assign`, `update` or `recover`
  RecordRef aliases;                 ///< `assign` or `aliases`
  std::optional<CityId> successor;   ///< exactly if superseded
  std::vector<CityId> predecessors;  ///< superseded by this one, oldest first, at most 64
  bool suspended_by_holder = false;  ///< by itself: the authority may still suspend it

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "status", s.status);
    f(2, "authority", s.authority);
    f(3, "holder", s.holder);
    f(4, "content", s.content);
    f(5, "keys", s.keys);
    f(6, "aliases", s.aliases);
    f(7, "successor", s.successor);
    f(8, "predecessors", s.predecessors);
    f(9, "suspended_by_holder", s.suspended_by_holder);
  }
  friend bool operator==(const IdentifierState&, const IdentifierState&) = default;
};

/// Value of key `P`: a delegated prefix. A withdrawn one has no keys.
struct PrefixState {
  RecordRef record;
  Registrar registrar;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "record", s.record);
    f(2, "registrar", s.registrar);
  }
};

/// Value of key `G`: the log's name, and the policy in force with the record that made it so.
struct PolicyState {
  RecordHash log;  ///< hash of the genesis entry
  std::string origin;
  RecordRef record;
  Policy policy;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "log", s.log);
    f(2, "origin", s.origin);
    f(3, "record", s.record);
    f(4, "policy", s.policy);
  }
};

/// Keys of the state. Each begins with a letter that says what it is.
Bytes IdentifierKey(const CityId& id);                            ///< I | depth | ID
Bytes AliasKey(std::string_view scheme, std::string_view value);  ///< A | scheme | '|' | value
Bytes UsedKeyKey(const PublicKey& key);                           ///< K | SHA-256(key)
Bytes PolicyKey();                                                ///< G
Bytes PrefixKey(const Prefix& prefix);                            ///< P | prefix
/// What an alias that was taken away points to: CBOR null.
Bytes NoAlias();

/// One consistent state. Views that are returned stay valid as long as the state is not written.
class State {
 public:
  virtual ~State() = default;
  /// The value of a state key. Errors: kCorrupt, kIo; absence is no error.
  virtual Result<std::optional<ByteView>> Get(ByteView key) const = 0;
  /// An entry of the log that must be there. Errors: kCorrupt, kIo.
  virtual Result<ByteView> Entry(Index index) const = 0;
};

/// A state in memory: for tests, and as the reference that other implementations must equal.
class MemoryState : public State {
 public:
  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;

  void Put(ByteView key, ByteView value) {
    values_[Bytes(key.begin(), key.end())] = Bytes(value.begin(), value.end());
  }
  void AddEntry(ByteView entry) { entries_.emplace_back(entry.begin(), entry.end()); }
  const std::map<Bytes, Bytes>& values() const { return values_; }
  std::size_t size() const { return entries_.size(); }

 private:
  std::map<Bytes, Bytes> values_;
  std::vector<Bytes> entries_;
};

/// "ledger: WHAT: ..." for stored data that contradicts itself.
Error CorruptValue(const std::string& what, const Error& error);

/// The decoded value of a key. Errors: those of the state; kCorrupt if it can't be decoded.
template <class T>
Result<std::optional<T>> FindValue(const State& state, ByteView key, const char* what) {
  const auto value = state.Get(key);
  if (!value) return value.error();
  if (!*value) return std::optional<T>();
  auto decoded = DecodeFields<T>(**value);
  if (!decoded) return CorruptValue(what, decoded.error());
  return std::optional<T>(*std::move(decoded));
}

/// Typed look-ups. Errors: those of the state; kCorrupt if a value can't be decoded.
Result<std::optional<IdentifierState>> FindIdentifier(const State& state, const CityId& id);
Result<std::optional<CityId>> FindAlias(const State& state, std::string_view scheme,
                                        std::string_view value);
/// The policy in force; nothing before genesis.
Result<std::optional<PolicyState>> FindPolicy(const State& state);
/// The record at a place that the state names. Errors: kCorrupt if it is not that record.
Result<Record> ReadRecord(const State& state, const RecordRef& ref);
/// The registrar of the longest prefix at or above `prefix` that is delegated and not withdrawn.
struct FoundRegistrar {
  Prefix prefix;
  Registrar registrar;
};
Result<std::optional<FoundRegistrar>> FindRegistrar(const State& state, Prefix prefix);
Result<std::optional<PrefixState>> FindPrefix(const State& state, const Prefix& prefix);
/// The aliases of an identifier, by scheme.
Result<TextMap> ReadAliases(const State& state, const IdentifierState& id);
/// Both of an identifier, each record read once.
struct HoldingAndAliases {
  Holding holding;
  TextMap aliases;
};
Result<HoldingAndAliases> ReadContent(const State& state, const IdentifierState& id);
/// The content of an identifier as it holds now: metadata and endpoints from the record that last
/// set them, keys from the record that last set those.
Result<Holding> ReadHolding(const State& state, const IdentifierState& id);

}  // namespace cityid

// The state of the ledger: typed keys, their values, and how they are looked up
// (docs/ledger-format.md 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/record/signed_record.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

enum class IdStatus : std::uint8_t { kActive = 1, kSuspended = 2, kSuperseded = 3, kWithdrawn = 4 };
std::string_view Name(IdStatus status);

/// A record, named by its index and its hash.
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

/// The value under `IdentifierKey`: the heads of an identifier's two chains, and the records that
/// set what is in force.
struct IdentifierState {
  IdStatus status = IdStatus::kActive;
  RecordRef authority;               ///< head of the authority's chain
  RecordRef holder;                  ///< head of the holder's chain
  RecordRef content;                 ///< set metadata and endpoints: `assign` or `update`
  RecordRef keys;                    ///< set the keys: `assign`, `update` or `recover`
  RecordRef aliases;                 ///< set the aliases: `assign` or `aliases`
  std::optional<CityId> successor;   ///< exactly if superseded
  std::vector<CityId> predecessors;  ///< identifiers that it superseded, oldest first, at most 64
  bool suspended_by_holder = false;  ///< suspended by itself; the authority may still suspend it

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

/// The value under `PrefixKey`: a delegated prefix. The registrar of a withdrawn one has no keys.
struct PrefixState {
  RecordRef record;
  Registrar registrar;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "record", s.record);
    f(2, "registrar", s.registrar);
  }
};

/// The value under `PolicyKey`: the log's name, and the policy in force with its record.
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

/// Keys of the state. The first letter of each says what it is.
Bytes IdentifierKey(const CityId& id);                            ///< I | depth | ID
Bytes AliasKey(std::string_view scheme, std::string_view value);  ///< A | scheme | '|' | value
Bytes UsedKeyKey(const PublicKey& key);                           ///< K | SHA-256(key)
Bytes PolicyKey();                                                ///< G
Bytes PrefixKey(const Prefix& prefix);                            ///< P | prefix
/// Returns the value of an alias that was removed: CBOR null.
Bytes NoAlias();

/// A state: keys and values, and the entries that values name. Returned views stay valid until the
/// state is written.
class State {
 public:
  virtual ~State() = default;
  /// Returns the value of a key; nothing if there is none. Errors: kCorrupt, kIo.
  virtual Result<std::optional<ByteView>> Get(ByteView key) const = 0;
  /// Returns an entry of the log, which must be there. Errors: kCorrupt, kIo.
  virtual Result<ByteView> Entry(Index index) const = 0;
};

/// The state before genesis.
class EmptyState : public State {
 public:
  Result<std::optional<ByteView>> Get(ByteView) const override { return std::optional<ByteView>(); }
  Result<ByteView> Entry(Index) const override {
    return Error{Errc::kCorrupt, "ledger: entry is missing"};
  }
};

/// Returns the error "ledger: WHAT: ..." (kCorrupt) for stored data that can't be read.
Error CorruptValue(const std::string& what, const Error& error);

/// Decodes a stored value, if it was found. Errors: that of `found`; kCorrupt if it can't be
/// decoded.
template <class T>
Result<std::optional<T>> DecodeFound(const Result<std::optional<ByteView>>& found,
                                     const char* what) {
  if (!found) return found.error();
  if (!*found) return std::optional<T>();
  auto decoded = DecodeFields<T>(**found);
  if (!decoded) return CorruptValue(what, decoded.error());
  return std::optional<T>(*std::move(decoded));
}

/// Reads and decodes the value of a key. Errors: those of the state; kCorrupt if it can't be
/// decoded.
template <class T>
Result<std::optional<T>> FindValue(const State& state, ByteView key, const char* what) {
  return DecodeFound<T>(state.Get(key), what);
}

/// Reads an identifier; nothing if it was never assigned. Errors: those of `FindValue`.
Result<std::optional<IdentifierState>> FindIdentifier(const State& state, const CityId& id);
/// Reads the identifier that has this alias now. Errors: those of `FindValue`.
Result<std::optional<CityId>> FindAlias(const State& state, std::string_view scheme,
                                        std::string_view value);
/// Reads the policy in force; nothing before genesis. Errors: those of `FindValue`.
Result<std::optional<PolicyState>> FindPolicy(const State& state);
/// Reads the policy in force of a ledger that has one. Errors: those of `FindValue`; kCorrupt
/// before genesis.
Result<PolicyState> PolicyInForce(const State& state);
/// Reads a record that the state names. Errors: those of the state; kCorrupt if another record is
/// there.
Result<Record> ReadRecord(const State& state, const RecordRef& ref);
/// A registrar and its prefix.
struct FoundRegistrar {
  Prefix prefix;
  Registrar registrar;
};
/// Finds the registrar of the longest prefix at or above `prefix` that is delegated and not
/// withdrawn. Errors: those of `FindValue`.
Result<std::optional<FoundRegistrar>> FindRegistrar(const State& state, Prefix prefix);
/// Reads a prefix; nothing if it was never delegated. Errors: those of `FindValue`.
Result<std::optional<PrefixState>> FindPrefix(const State& state, const Prefix& prefix);
/// Reads the aliases of an identifier, by scheme. Errors: those of `ReadRecord`.
Result<TextMap> ReadAliases(const State& state, const IdentifierState& id);
/// The content and the aliases of an identifier.
struct HoldingAndAliases {
  Holding holding;
  TextMap aliases;
};
/// Reads content and aliases, each record once. Errors: those of `ReadRecord`.
Result<HoldingAndAliases> ReadContent(const State& state, const IdentifierState& id);
/// Reads the content of an identifier that is in force: metadata and endpoints from the record that
/// last set them, keys from the record that last set the keys. Errors: those of `ReadRecord`.
Result<Holding> ReadHolding(const State& state, const IdentifierState& id);

}  // namespace cityid

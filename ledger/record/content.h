// The contents of records: a city's metadata, endpoints and keys, and the consortium's policy
// (docs/ledger-format.md 3).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/city_code.h"
#include "codec/city_id.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/record/fields.h"

namespace cityid {

/// A position in WGS 84, in units of 10^-7 degree.
struct Position {
  std::int64_t latitude = 0;   ///< -900000000 to 900000000
  std::int64_t longitude = 0;  ///< -1800000000 to 1800000000

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "latitude", s.latitude);
    f(2, "longitude", s.longitude);
  }
  friend bool operator==(const Position&, const Position&) = default;
};

/// What an identifier names, as its holder says.
struct Metadata {
  TextMap names;      ///< by language, at least one
  std::string level;  ///< "prefecture", "capital", "department", "device" ...: [a-z-]{1,32}
  std::optional<std::string> country;  ///< ISO 3166-1 alpha-2, as the source of the data has it
  std::optional<Position> position;
  std::optional<std::string> website;
  std::optional<std::string> time_zone;  ///< of the IANA database, "Asia/Shanghai"
  std::optional<std::uint64_t> population;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "names", s.names);
    f(2, "level", s.level);
    f(3, "country", s.country);
    f(4, "position", s.position);
    f(5, "website", s.website);
    f(6, "time_zone", s.time_zone);
    f(7, "population", s.population);
  }
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// Returns the schemes that aliases may have, in order. The list is closed.
std::span<const std::string_view> AliasSchemes();
bool IsAliasScheme(std::string_view scheme);

/// Who may use an endpoint.
enum class Access : std::uint8_t { kOpen = 1, kRegistered = 2, kRestricted = 3 };
std::string_view Name(Access access);

/// A typed data-sharing endpoint: a link with a relation (RFC 8288, RFC 8631).
struct Endpoint {
  std::string rel;                     ///< registered relation, or an extension with '_'
  std::string href;                    ///< absolute URI
  std::optional<std::string> type;     ///< media type
  TextMap title;                       ///< by language
  std::vector<std::string> languages;  ///< hreflang
  Access access = Access::kOpen;
  std::optional<std::string> licence;    ///< SPDX identifier or URI
  std::vector<std::string> conforms_to;  ///< URIs of the specifications it follows
  std::vector<CityId> partners;          ///< who may use it, if restricted

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "rel", s.rel);
    f(2, "href", s.href);
    f(3, "type", s.type);
    f(4, "title", s.title);
    f(5, "languages", s.languages);
    f(6, "access", s.access);
    f(7, "licence", s.licence);
    f(8, "conforms_to", s.conforms_to);
    f(9, "partners", s.partners);
  }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// What a key signs: records, or codes.
enum class KeyUse : std::uint8_t { kRecord = 1, kCode = 2 };
std::string_view Name(KeyUse use);

enum class KeyStatus : std::uint8_t { kActive = 1, kRetired = 2, kCompromised = 3 };
std::string_view Name(KeyStatus status);

/// A key of an identifier and what it may do. Keys are never removed.
struct KeyGrant {
  PublicKey key;
  KeyUse use = KeyUse::kRecord;
  std::vector<Purpose> purposes;  ///< of codes, ascending; none for a record key
  std::uint8_t depth = 0;         ///< levels below its identifier for which it signs codes
  KeyStatus status = KeyStatus::kActive;
  std::optional<std::uint64_t> retired_at;  ///< seconds since 1970; exactly for `kRetired`

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "key", s.key);
    f(2, "use", s.use);
    f(3, "purposes", s.purposes);
    f(4, "depth", s.depth);
    f(5, "status", s.status);
    f(6, "retired_at", s.retired_at);
  }
  friend bool operator==(const KeyGrant&, const KeyGrant&) = default;
};

/// All content of an identifier that its holder sets, always as a whole.
struct Holding {
  Metadata metadata;
  std::vector<Endpoint> endpoints;
  std::vector<KeyGrant> keys;   ///< 1 to 64, all different; 1 to 8 active, a record key among them
  bool own_codes_only = false;  ///< codes signed by an ancestor's key are not valid

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "metadata", s.metadata);
    f(2, "endpoints", s.endpoints);
    f(3, "keys", s.keys);
    f(4, "own_codes_only", s.own_codes_only);
  }
  friend bool operator==(const Holding&, const Holding&) = default;
};

/// A member of the consortium.
struct Institute {
  std::string name;       ///< key name of its witness (C2SP signed-note): no spaces, no '+'
  TextMap title;          ///< by language
  PublicKey record_key;   ///< signs records
  PublicKey witness_key;  ///< cosigns checkpoints

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "name", s.name);
    f(2, "title", s.title);
    f(3, "record_key", s.record_key);
    f(4, "witness_key", s.witness_key);
  }
  friend bool operator==(const Institute&, const Institute&) = default;
};

/// A witness outside the consortium. Outside witnesses have a quorum of their own.
struct OutsideWitness {
  std::string name;
  PublicKey key;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "name", s.name);
    f(2, "key", s.key);
  }
  friend bool operator==(const OutsideWitness&, const OutsideWitness&) = default;
};

/// The registrar of a delegated prefix, who assigns identifiers below it.
struct Registrar {
  TextMap title;                ///< by language
  std::vector<PublicKey> keys;  ///< 1 to 16, all different; none if the delegation is withdrawn
  std::uint8_t threshold = 0;   ///< number of keys that must sign; 0 if withdrawn

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "title", s.title);
    f(2, "keys", s.keys);
    f(3, "threshold", s.threshold);
  }
  friend bool operator==(const Registrar&, const Registrar&) = default;
};

/// The consortium's policy: who runs the ledger, and by which rules.
struct Policy {
  std::uint64_t version = 1;          ///< counts up by one
  std::vector<PublicKey> log_keys;    ///< 1 to 4
  std::vector<Institute> institutes;  ///< 1 to 29
  std::uint8_t quorum = 0;            ///< k: more than half of the institutes
  std::vector<OutsideWitness> witnesses;
  std::uint8_t witness_quorum = 0;  ///< of `witnesses`; 0 without any
  std::vector<std::string> hosts;   ///< host names that codes may have
  std::uint64_t rules = 1;          ///< version of the rules of `Apply`

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "version", s.version);
    f(2, "log_keys", s.log_keys);
    f(3, "institutes", s.institutes);
    f(4, "quorum", s.quorum);
    f(5, "witnesses", s.witnesses);
    f(6, "witness_quorum", s.witness_quorum);
    f(7, "hosts", s.hosts);
    f(8, "rules", s.rules);
  }
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// Returns the error of a rule that refuses a record. `rule` is its name, a colon, and words for
/// people.
inline Error RefusedBy(std::string rule) { return Error{Errc::kRefused, std::move(rule)}; }

/// Checks the syntactic rules: lengths, ranges, order, grammar. Errors: kRefused; the detail begins
/// with the name of the rule and a colon.
Result<void> CheckMetadata(const Metadata& metadata);
Result<void> CheckEndpoints(const std::vector<Endpoint>& endpoints);
Result<void> CheckKeys(const std::vector<KeyGrant>& keys);
Result<void> CheckHolding(const Holding& holding);
Result<void> CheckPolicy(const Policy& policy);
Result<void> CheckRegistrar(const Registrar& registrar);

/// Checks the keys of an update: no key is removed, and its use, purposes and depth stay. A status
/// goes only from active to retired to compromised. New keys are active. Errors: kRefused.
Result<void> CheckKeyChange(const std::vector<KeyGrant>& before,
                            const std::vector<KeyGrant>& after);

/// Checks the keys of a recovery: old keys that it lists keep use, purposes and depth, and none is
/// active. Old keys that it doesn't list become compromised, so that no update by a thief can block
/// it. Errors: kRefused.
Result<void> CheckRecoveredKeys(const std::vector<KeyGrant>& before,
                                const std::vector<KeyGrant>& after);

/// Checks aliases, which are names by the schemes `gbt2260`, `iso3166-2`, `unlocode`, `geonames`,
/// `wikidata`, `gln` and `did`. Errors: kRefused.
Result<void> CheckAliases(const TextMap& aliases);

/// Returns true for text that people may be shown: 1 to 512 bytes without control characters and
/// without the marks that change the direction of text (U+202A to U+202E, U+2066 to U+2069).
bool IsPlainText(std::string_view text);

/// Returns true for a link relation of 1 to 64 characters: the registered form of lower case
/// letters, digits, '-' and '.', or an extension of '_', letters and digits that begins with '_'.
bool IsRelation(std::string_view rel);

/// Returns true for a key name of C2SP signed-note: 1 to 128 printable characters without space and
/// '+'.
bool IsKeyName(std::string_view name);

}  // namespace cityid

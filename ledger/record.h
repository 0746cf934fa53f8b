// Signed records, the leaves of the ledger (docs/ledger-format.md 2): COSE_Sign over deterministic
// CBOR, every signer with its role and its public key in its protected header.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/content.h"

namespace cityid {

/// The bound on an entry of the log.
inline constexpr std::size_t kMaxRecord = 32 * 1024;

/// SHA-256 of an entry. That of the genesis entry names the log.
using RecordHash = FixedBytes<struct RecordHashTag, 32>;

RecordHash HashRecord(ByteView entry);

enum class RecordType : std::uint8_t { kGenesis = 1, kAssign = 4 };
/// "genesis", "assign": as the command line and documents say it.
std::string_view Name(RecordType type);

/// As what a key signs. A signature in one role counts for no other.
enum class Role : std::uint8_t {
  kInstitute = 1,  ///< a member of the consortium
  kRegistrar = 2,  ///< of a delegated prefix
  kAncestor = 3,   ///< the record key of the nearest active ancestor
  kHolder = 4,     ///< the identifier's own record key
  kNewKey = 5,     ///< introduces itself: proof of possession
};
std::string_view Name(Role role);
inline bool Known(Role role) { return role >= Role::kInstitute && role <= Role::kNewKey; }

/// The first entry: founds the log.
struct Genesis {
  static constexpr RecordType kType = RecordType::kGenesis;
  std::string origin;  ///< of the checkpoints (C2SP tlog-checkpoint), "id.example.cn/ledger"
  Policy policy;       ///< version 1

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "origin", s.origin);
    f(2, "policy", s.policy);
  }
  friend bool operator==(const Genesis&, const Genesis&) = default;
};

/// A new identifier: the first record of both its chains.
struct Assign {
  static constexpr RecordType kType = RecordType::kAssign;
  Holding holding;
  TextMap aliases;  ///< by scheme

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "holding", s.holding);
    f(2, "aliases", s.aliases);
  }
  friend bool operator==(const Assign&, const Assign&) = default;
};

/// What is signed.
struct Record {
  std::optional<RecordHash> log;           ///< absent in genesis only
  std::optional<std::string> subject;      ///< identifier or prefix, by type; absent in genesis
  std::optional<RecordHash> previous;      ///< head of the chain that this record extends
  std::optional<RecordHash> authority;     ///< `update` only: the authority's head it builds on
  std::optional<std::uint64_t> not_after;  ///< seconds since 1970: refused if sequenced later
  std::variant<Genesis, Assign> body;

  RecordType type() const;
  friend bool operator==(const Record&, const Record&) = default;
};

/// Who signed, as the signature itself says and proves.
struct Signer {
  Role role;
  PublicKey key;
  friend auto operator<=>(const Signer&, const Signer&) = default;
};

/// A record with every signature on it checked: each signer really holds its key. Whether they may
/// say what the record says is `Apply`'s to decide. Made by `VerifyRecord` only.
class VerifiedRecord {
 public:
  const Record& record() const { return record_; }
  /// Strictly ascending by role, then key: nobody twice in a role.
  const std::vector<Signer>& signers() const { return signers_; }
  const RecordHash& hash() const { return hash_; }

 private:
  friend Result<VerifiedRecord> VerifyRecord(ByteView entry);
  VerifiedRecord(Record record, std::vector<Signer> signers, RecordHash hash)
      : record_(std::move(record)), signers_(std::move(signers)), hash_(hash) {}
  Record record_;
  std::vector<Signer> signers_;
  RecordHash hash_;
};

/// A record and who claims to have signed it, nothing verified.
struct ClaimedRecord {
  Record record;
  std::vector<Signer> signers;
};

/// Shape only: sizes, deterministic encoding, empty unprotected headers, known fields and roles,
/// signers in order. Errors: kMalformed, kTooLarge, kUnsupported.
Result<ClaimedRecord> ParseRecord(ByteView entry);

/// Parses and checks every signature. Stateless, thread-safe; costs one Ed25519 verification a
/// signer. Errors: those of `ParseRecord`, and kForged.
Result<VerifiedRecord> VerifyRecord(ByteView entry);

/// A key that is about to sign in a role.
struct SigningKey {
  Role role;
  const SecretKey* key;  ///< not owned
};

/// A new entry with at least one signature. Errors: kUsage for the same key twice in a role;
/// kTooLarge.
Result<Bytes> SignRecord(const Record& record, const std::vector<SigningKey>& keys);

/// `entry` with one more signature: what an institute does to an application.
/// Errors: those of `ParseRecord`; kRefused if the key has signed in this role already.
Result<Bytes> AddSignature(ByteView entry, const SigningKey& key);

}  // namespace cityid

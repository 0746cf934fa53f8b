// Signed records, the leaves of the ledger (docs/ledger-format.md 2): COSE_Sign over deterministic
// CBOR, every signer with its role and its public key in its protected header.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/tlog/map.h"

namespace cityid {

/// The bound on an entry of the log.
inline constexpr std::size_t kMaxRecord = 32 * 1024;

/// SHA-256 of an entry. That of the genesis entry names the log.
using RecordHash = FixedBytes<struct RecordHashTag, 32>;

RecordHash HashRecord(ByteView entry);

/// What names a record while signatures are still being added to it: SHA-256 of its payload.
using DraftId = FixedBytes<struct DraftIdTag, 32>;

enum class RecordType : std::uint8_t {
  kGenesis = 1,
  kPolicy = 2,
  kDelegate = 3,
  kAssign = 4,
  kUpdate = 5,
  kRecover = 6,
  kSuspend = 7,
  kResume = 8,
  kSupersede = 9,
  kRevoke = 10,
  kRevokeCodes = 11,
  kStateRoot = 12,
  kAliases = 13,
};
/// "genesis", "revoke-codes": as the command line and documents say it.
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

/// The next policy. Extends the chain of policies.
struct PolicyChange {
  static constexpr RecordType kType = RecordType::kPolicy;
  Policy policy;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "policy", s.policy);
  }
  friend bool operator==(const PolicyChange&, const PolicyChange&) = default;
};

/// Gives the subject, a prefix, to a registrar, rotates its keys, or (without keys) withdraws it.
/// Extends the prefix's chain of delegations.
struct Delegate {
  static constexpr RecordType kType = RecordType::kDelegate;
  Registrar registrar;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "registrar", s.registrar);
  }
  friend bool operator==(const Delegate&, const Delegate&) = default;
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

/// The holder's content anew, as a whole. Extends the holder's chain.
struct Update {
  static constexpr RecordType kType = RecordType::kUpdate;
  Holding holding;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "holding", s.holding);
  }
  friend bool operator==(const Update&, const Update&) = default;
};

/// New keys after loss or theft: all keys as a whole, none of the old ones active any more.
struct Recover {
  static constexpr RecordType kType = RecordType::kRecover;
  std::vector<KeyGrant> keys;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "keys", s.keys);
  }
  friend bool operator==(const Recover&, const Recover&) = default;
};

/// A record that says all with its type, and perhaps a reason for people.
template <RecordType type>
struct Plain {
  static constexpr RecordType kType = type;
  std::optional<std::string> reason;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "reason", s.reason);
  }
  friend bool operator==(const Plain&, const Plain&) = default;
};

using Suspend = Plain<RecordType::kSuspend>;
using Resume = Plain<RecordType::kResume>;
using Revoke = Plain<RecordType::kRevoke>;  ///< a tombstone for ever

/// The subject is replaced by another identifier.
struct Supersede {
  static constexpr RecordType kType = RecordType::kSupersede;
  std::string successor;  ///< an identifier; its grammar is a rule
  std::optional<std::string> reason;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "successor", s.successor);
    f(2, "reason", s.reason);
  }
  friend bool operator==(const Supersede&, const Supersede&) = default;
};

/// Serials `first` to `last`, both included.
struct SerialRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "first", s.first);
    f(2, "last", s.last);
  }
  friend bool operator==(const SerialRange&, const SerialRange&) = default;
};

/// Takes back codes of one key of the subject: ranges of serials, or everything before a time or
/// below a serial. Revocations only add up, so this record stands in no chain.
struct RevokeCodes {
  static constexpr RecordType kType = RecordType::kRevokeCodes;
  PublicKey key;
  std::vector<SerialRange> serials;  ///< ascending, apart; at most 65,536 serials and 1,024 ranges
  std::optional<std::uint64_t> issued_before;  ///< seconds since 1970
  std::optional<std::uint32_t> serial_below;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "key", s.key);
    f(2, "serials", s.serials);
    f(3, "issued_before", s.issued_before);
    f(4, "serial_below", s.serial_below);
  }
  friend bool operator==(const RevokeCodes&, const RevokeCodes&) = default;
};

/// The subject's aliases anew, as a whole.
struct Aliases {
  static constexpr RecordType kType = RecordType::kAliases;
  TextMap aliases;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "aliases", s.aliases);
  }
  friend bool operator==(const Aliases&, const Aliases&) = default;
};

/// Ends each batch: what the state has come to. Nobody signs it; checkpoints cover it.
struct StateRoot {
  static constexpr RecordType kType = RecordType::kStateRoot;
  MapHash root;            ///< of the state map over all entries before this one
  std::uint64_t size = 0;  ///< how many these are: its own index
  std::uint64_t time = 0;  ///< of the rules from here on; seconds since 1970, never going back

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "root", s.root);
    f(2, "size", s.size);
    f(3, "time", s.time);
  }
  friend bool operator==(const StateRoot&, const StateRoot&) = default;
};

/// Every record type: adding one here and in the tables of apply.cpp and authority.cpp is all.
using RecordBody = std::variant<Genesis, PolicyChange, Delegate, Assign, Update, Recover, Suspend,
                                Resume, Supersede, Revoke, RevokeCodes, StateRoot, Aliases>;

/// What is signed.
struct Record {
  std::optional<RecordHash> log;       ///< absent in genesis only
  std::optional<std::string> subject;  ///< identifier or prefix, by type; absent in genesis
  std::optional<RecordHash> previous;  ///< head of the chain that this record extends
  std::optional<RecordHash>
      authority;  ///< the holder's records: the authority's head they build on
  std::optional<std::uint64_t> not_after;  ///< seconds since 1970: refused if sequenced later
  RecordBody body;

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
  const DraftId& draft_id() const { return draft_id_; }

 private:
  friend Result<VerifiedRecord> VerifyRecord(ByteView entry);
  VerifiedRecord(Record record, std::vector<Signer> signers, RecordHash hash, DraftId draft_id)
      : record_(std::move(record)),
        signers_(std::move(signers)),
        hash_(hash),
        draft_id_(draft_id) {}
  Record record_;
  std::vector<Signer> signers_;
  RecordHash hash_;
  DraftId draft_id_;
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

/// The entry of a state root in the log with this name.
Bytes WriteStateRoot(const RecordHash& log, const StateRoot& root);

/// `VerifyRecord` for many entries, on all cores.
std::vector<Result<VerifiedRecord>> VerifyRecords(const std::vector<ByteView>& entries);

/// A state root and the log that it says it stands in.
struct ClaimedStateRoot {
  RecordHash log;
  StateRoot root;
};

/// The inverse; nothing for any entry that `WriteStateRoot` would not write. It says what the log
/// claims, not that it is so.
std::optional<ClaimedStateRoot> ParseStateRoot(ByteView entry);

/// A key that is about to sign in a role.
struct SigningKey {
  Role role;
  const SecretKey* key;  ///< not owned
};

/// A draft that nobody has signed: a file between machines, never an entry. Errors: kTooLarge.
Result<Bytes> DraftRecord(const Record& record);

/// A new entry with at least one signature. Errors: kUsage for the same key twice in a role;
/// kTooLarge.
Result<Bytes> SignRecord(const Record& record, const std::vector<SigningKey>& keys);

/// `entry`, or a draft, with one more signature: what an institute does to an application.
/// Errors: those of `ParseRecord`; kRefused if the key has signed in this role already.
Result<Bytes> AddSignature(ByteView entry, const SigningKey& key);

/// Shape only: a draft or an entry. Errors: those of `ParseRecord`.
struct ClaimedDraft {
  DraftId id;
  ClaimedRecord claimed;
};
Result<ClaimedDraft> ParseDraft(ByteView draft);

/// Both entries' signatures on one. Nothing is verified. Errors: kUsage if they are not of the same
/// record; those of `ParseRecord`.
Result<Bytes> MergeSignatures(ByteView a, ByteView b);

/// `entry` without the signatures that `keep` refuses. Errors: those of `ParseRecord`.
Result<Bytes> KeepSignatures(ByteView entry, const std::function<bool(const Signer&)>& keep);

}  // namespace cityid

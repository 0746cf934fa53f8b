// Signed records (docs/ledger-format.md 2): COSE_Sign over the payload of a record, each signer
// with its role and its public key in its protected header.
//
// A record begins as an unsigned `Draft`. Keys sign it, on one machine or on several, until nothing
// is missing; then it becomes an entry of the log. An entry is read with `VerifyRecord`, which
// checks every signature. Whether the signers may say what the record says is for `Apply` to
// decide.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/record/record.h"

namespace cityid {

/// The bound on an entry of the log, in bytes.
inline constexpr std::size_t kMaxRecord = 32 * 1024;

/// Names a record, whoever has signed it so far: SHA-256 of its payload.
using DraftId = FixedBytes<struct DraftIdTag, 32>;

/// The capacity in which a key signs. A signature in one role counts for no other.
enum class Role : std::uint8_t {
  kInstitute = 1,  ///< a member of the consortium
  kRegistrar = 2,  ///< of a delegated prefix
  kAncestor = 3,   ///< the record key of the nearest active ancestor
  kHolder = 4,     ///< the identifier's own record key
  kNewKey = 5,     ///< introduces itself: proof of possession
};
/// Returns "institute", "new-key" ...; an empty name for any other value.
std::string_view Name(Role role);

/// One who signed, as the signature's header says.
struct Signer {
  Role role;
  PublicKey key;
  friend auto operator<=>(const Signer&, const Signer&) = default;
};

/// A key that is about to sign in a role.
struct SigningKey {
  Role role;
  const SecretKey* key;  ///< not owned
};

/// A record whose every signature was verified: each signer holds its key. Whether they may say
/// what the record says is for `Apply` to decide. Only `VerifyRecord` and `Draft::Finish` make one.
class VerifiedRecord {
 public:
  const Record& record() const { return record_; }
  /// Strictly ascending by role and key: no key is in a role twice.
  const std::vector<Signer>& signers() const { return signers_; }
  const RecordHash& hash() const { return hash_; }
  const DraftId& draft_id() const { return draft_id_; }

 private:
  friend class Draft;
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

/// An entry that was verified, and what it says.
struct SignedRecord {
  Bytes entry;
  VerifiedRecord verified;
};

/// A record with none, some or all of its signatures. Its shape was checked when it was parsed; a
/// signature is verified when `Verify` or `Finish` is called, and only once.
class Draft {
 public:
  /// Makes a draft that nobody has signed.
  explicit Draft(Record record);

  /// Parses an entry, or a draft without signatures: sizes, deterministic encoding, empty
  /// unprotected headers, known fields and roles, signers in order. Errors: kMalformed, kTooLarge,
  /// kUnsupported.
  static Result<Draft> Parse(ByteView bytes);

  const DraftId& id() const { return id_; }
  const Record& record() const { return record_; }
  /// Bytes of the record without its signatures.
  std::size_t size() const { return payload_.size(); }
  /// The claimed signers, strictly ascending by role and key.
  std::vector<Signer> signers() const;

  /// Adds a signature. Errors: kRefused if the key has signed in this role already.
  Result<void> Sign(const SigningKey& key);

  /// Adds the signatures that `other` has and this one lacks. Errors: kUsage if `other` is another
  /// record.
  Result<void> Merge(const Draft& other);

  /// Removes the signatures of all signers for whom `keep(signer)` is false.
  template <class Keep>
  void KeepSigners(const Keep& keep) {
    std::erase_if(signatures_, [&](const Signed& s) { return !keep(s.signer); });
  }

  /// Verifies all signatures that were not verified yet. Errors: kForged.
  Result<void> Verify();

  /// Writes the entry or draft. Errors: kTooLarge.
  Result<Bytes> Write() const;

  /// Verifies and writes an entry. Errors: those of `Verify` and `Write`; kMalformed if nobody
  /// signed.
  Result<SignedRecord> Finish() &&;

 private:
  friend Result<VerifiedRecord> VerifyRecord(ByteView entry);
  struct Signed {
    Signer signer;
    Signature signature;
    bool verified;
  };
  Draft(Record record, Bytes payload);
  bool Has(const Signer& signer) const;
  void Add(const Signed& added);
  VerifiedRecord ToVerified(ByteView entry) &&;

  Record record_;
  Bytes payload_;
  DraftId id_;
  std::vector<Signed> signatures_;  // ascending by signer
};

/// A record and its claimed signers, not verified.
struct ClaimedRecord {
  Record record;
  std::vector<Signer> signers;
};

/// Parses an entry. Errors: those of `Draft::Parse`; kMalformed if nobody signed.
Result<ClaimedRecord> ParseRecord(ByteView entry);

/// Parses an entry and verifies every signature. Thread-safe; costs one Ed25519 verification for
/// each signer. Errors: those of `ParseRecord`; kForged.
Result<VerifiedRecord> VerifyRecord(ByteView entry);

/// Makes an entry. Errors: kUsage without keys, or for one key twice in a role; kTooLarge.
Result<Bytes> SignRecord(const Record& record, const std::vector<SigningKey>& keys);

/// Writes the entry of a state root in the log with this name.
Bytes WriteStateRoot(const RecordHash& log, const StateRoot& root);

/// A state root and the log that it names, as its entry says.
struct ClaimedStateRoot {
  RecordHash log;
  StateRoot root;
};

/// Parses the entry of a state root. Returns nothing for any entry that `WriteStateRoot` doesn't
/// write. Whether the state really has this root is for the reader to check.
std::optional<ClaimedStateRoot> ParseStateRoot(ByteView entry);

}  // namespace cityid

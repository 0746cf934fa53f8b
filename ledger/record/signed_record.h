// Signed records (docs/ledger-format.md 2): COSE_Sign over the payload of a record.
//
// A record begins as an unsigned `Draft`. Keys sign it, on one machine or on several, until nothing
// is missing; then it becomes an entry of the log. An entry is read with `VerifyRecord`, which
// checks every signature. Whether the signers may say what the record says is for `Apply` to
// decide.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/record/signed_payload.h"

namespace cityid {

/// The bound on an entry of the log, in bytes.
inline constexpr std::size_t kMaxRecord = kMaxSigned;

/// Names a record, whoever has signed it so far: SHA-256 of its payload.
using DraftId = FixedBytes<struct DraftIdTag, 32>;

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
class Draft : public SignedPayload {
 public:
  /// Makes a draft that nobody has signed.
  explicit Draft(Record record);

  /// Parses an entry, or a draft without signatures. Errors: those of `SignedPayload::Parse`, also
  /// for unknown fields of the record.
  static Result<Draft> Parse(ByteView bytes);

  const DraftId& id() const { return id_; }
  const Record& record() const { return record_; }

  /// Verifies and writes an entry. Errors: those of `Verify` and `Write`; kMalformed if nobody
  /// signed.
  Result<SignedRecord> Finish() &&;

 private:
  friend Result<VerifiedRecord> VerifyRecord(ByteView entry);
  Draft(Record record, SignedPayload payload);
  VerifiedRecord ToVerified(ByteView entry) &&;

  Record record_;
  DraftId id_;
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

/// Makes an entry. Errors: those of `SignedPayload::SignWith`.
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

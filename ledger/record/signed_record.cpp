#include "ledger/record/signed_record.h"

#include "codec/cose.h"
#include "ledger/record/signer_headers.h"

namespace cityid {
namespace {

/// The protected header of every record: {16: "application/cityid-record+cose"}.
constexpr std::string_view kBodyHeader =
    "\xA1\x10\x78\x1E"
    "application/cityid-record+cose";

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("record: ") + detail};
}

Error TooLarge() { return Error{Errc::kTooLarge, "record: larger than 32 KiB"}; }

ByteView BodyHeader() { return AsBytes(kBodyHeader); }

}  // namespace

std::string_view Name(Role role) {
  return NameIn({"institute", "registrar", "ancestor", "holder", "new-key"}, role);
}

Draft::Draft(Record record, Bytes payload)
    : record_(std::move(record)),
      payload_(std::move(payload)),
      id_(*DraftId::From(Sha256(payload_).view())) {}

Draft::Draft(Record record) : Draft(record, WritePayload(record)) {}

Result<Draft> Draft::Parse(ByteView bytes) {
  if (bytes.size() > kMaxRecord) return TooLarge();
  const auto sign = ParseCoseSign(bytes);
  if (!sign) return sign.error();
  const auto signers = ReadSigners(*sign, BodyHeader(), "record");
  if (!signers) return signers.error();
  auto record = ParsePayload(sign->payload);
  if (!record) return record.error();
  Draft draft(*std::move(record), ToBytes(sign->payload));
  for (std::size_t i = 0; i < signers->size(); ++i) {
    draft.signatures_.push_back(
        {(*signers)[i], *Signature::From(sign->signers[i].signature), false});
  }
  return draft;
}

std::vector<Signer> Draft::signers() const {
  std::vector<Signer> signers;
  for (const Signed& s : signatures_) signers.push_back(s.signer);
  return signers;
}

bool Draft::Has(const Signer& signer) const {
  return std::ranges::find(signatures_, signer, &Signed::signer) != signatures_.end();
}

void Draft::Add(const Signed& added) {
  const auto place = std::ranges::upper_bound(signatures_, added.signer, {}, &Signed::signer);
  signatures_.insert(place, added);
}

Result<void> Draft::Sign(const SigningKey& key) {
  const Signer signer{key.role, key.key->public_key()};
  if (Has(signer)) {
    return Error{Errc::kRefused,
                 "record: this key has signed as " + std::string(Name(key.role)) + " already"};
  }
  const Bytes signed_bytes = SignerToBeSigned(BodyHeader(), SignerHeader(signer), payload_);
  Add({signer, key.key->Sign(signed_bytes), true});
  return {};
}

Result<void> Draft::Merge(const Draft& other) {
  if (other.payload_ != payload_) {
    return Error{Errc::kUsage, "record: the signatures are of different records"};
  }
  for (const Signed& added : other.signatures_) {
    if (!Has(added.signer)) Add(added);
  }
  return {};
}

Result<void> Draft::Verify() {
  for (Signed& s : signatures_) {
    if (s.verified) continue;
    const Bytes signed_bytes = SignerToBeSigned(BodyHeader(), SignerHeader(s.signer), payload_);
    if (!VerifySignature(s.signer.key, signed_bytes, s.signature)) {
      return Error{Errc::kForged, "record: the signature of " + std::string(Name(s.signer.role)) +
                                      " " + Hex(s.signer.key).substr(0, 16) + " does not verify"};
    }
    s.verified = true;
  }
  return {};
}

Result<Bytes> Draft::Write() const {
  std::vector<Bytes> headers;
  for (const Signed& s : signatures_) headers.push_back(SignerHeader(s.signer));
  std::vector<CoseSigner> signers;
  for (std::size_t i = 0; i < signatures_.size(); ++i) {
    signers.push_back({{headers[i], {}}, signatures_[i].signature.view()});
  }
  Bytes entry = WriteCoseSign(BodyHeader(), payload_, signers);
  if (entry.size() > kMaxRecord) return TooLarge();
  return entry;
}

VerifiedRecord Draft::ToVerified(ByteView entry) && {
  return VerifiedRecord(std::move(record_), signers(), HashRecord(entry), id_);
}

Result<SignedRecord> Draft::Finish() && {
  if (signatures_.empty()) return Malformed("nobody signed");
  if (const auto verified = Verify(); !verified) return verified.error();
  auto entry = Write();
  if (!entry) return entry.error();
  VerifiedRecord verified = std::move(*this).ToVerified(*entry);
  return SignedRecord{*std::move(entry), std::move(verified)};
}

Result<ClaimedRecord> ParseRecord(ByteView entry) {
  if (entry.size() > kMaxRecord) return TooLarge();
  const auto sign = ParseCoseSign(entry);
  if (!sign) return sign.error();
  if (sign->signers.empty()) return Malformed("nobody signed");
  auto signers = ReadSigners(*sign, BodyHeader(), "record");
  if (!signers) return signers.error();
  auto record = ParsePayload(sign->payload);
  if (!record) return record.error();
  return ClaimedRecord{*std::move(record), *std::move(signers)};
}

Result<VerifiedRecord> VerifyRecord(ByteView entry) {
  auto draft = Draft::Parse(entry);
  if (!draft) return draft.error();
  if (draft->signatures_.empty()) return Malformed("nobody signed");
  if (const auto verified = draft->Verify(); !verified) return verified.error();
  return (*std::move(draft)).ToVerified(entry);
}

Result<Bytes> SignRecord(const Record& record, const std::vector<SigningKey>& keys) {
  if (keys.empty()) return Error{Errc::kUsage, "record: nobody signs"};
  Draft draft(record);
  for (const SigningKey& key : keys) {
    if (!draft.Sign(key))
      return Error{Errc::kUsage, "record: the same key signs twice in one role"};
  }
  return draft.Write();
}

Bytes WriteStateRoot(const RecordHash& log, const StateRoot& root) {
  return *Draft(Record{log, {}, {}, {}, {}, root}).Write();
}

std::optional<ClaimedStateRoot> ParseStateRoot(ByteView entry) {
  const auto draft = Draft::Parse(entry);
  if (!draft) return std::nullopt;
  const Record& record = draft->record();
  const auto* root = std::get_if<StateRoot>(&record.body);
  if (root == nullptr || !record.log) return std::nullopt;
  if (!Equal(WriteStateRoot(*record.log, *root), entry)) return std::nullopt;
  return ClaimedStateRoot{*record.log, *root};
}

}  // namespace cityid

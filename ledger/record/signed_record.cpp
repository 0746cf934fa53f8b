#include "ledger/record/signed_record.h"

namespace cityid {
namespace {

/// The protected header of every record: {16: "application/cityid-record+cose"}.
constexpr SignedKind kRecord{
    "\xA1\x10\x78\x1E"
    "application/cityid-record+cose",
    "record"};

Error NobodySigned() { return kRecord.Wrong(Errc::kMalformed, "nobody signed"); }

}  // namespace

Draft::Draft(Record record, SignedPayload payload)
    : SignedPayload(std::move(payload)),
      record_(std::move(record)),
      id_(*DraftId::From(Sha256(this->payload()).view())) {}

Draft::Draft(Record record) : Draft(record, SignedPayload(kRecord, WritePayload(record))) {}

Result<Draft> Draft::Parse(ByteView bytes) {
  auto payload = SignedPayload::Parse(kRecord, bytes);
  if (!payload) return payload.error();
  auto record = ParsePayload(payload->payload());
  if (!record) return record.error();
  return Draft(*std::move(record), *std::move(payload));
}

VerifiedRecord Draft::ToVerified(ByteView entry) && {
  return VerifiedRecord(std::move(record_), signers(), HashRecord(entry), id_);
}

Result<SignedRecord> Draft::Finish() && {
  if (!is_signed()) return NobodySigned();
  if (const auto verified = Verify(); !verified) return verified.error();
  auto entry = Write();
  if (!entry) return entry.error();
  VerifiedRecord verified = std::move(*this).ToVerified(*entry);
  return SignedRecord{*std::move(entry), std::move(verified)};
}

Result<ClaimedRecord> ParseRecord(ByteView entry) {
  const auto payload = SignedPayload::Parse(kRecord, entry);
  if (!payload) return payload.error();
  if (!payload->is_signed()) return NobodySigned();
  auto record = ParsePayload(payload->payload());
  if (!record) return record.error();
  return ClaimedRecord{*std::move(record), payload->signers()};
}

Result<VerifiedRecord> VerifyRecord(ByteView entry) {
  auto draft = Draft::Parse(entry);
  if (!draft) return draft.error();
  if (!draft->is_signed()) return NobodySigned();
  if (const auto verified = draft->Verify(); !verified) return verified.error();
  return (*std::move(draft)).ToVerified(entry);
}

Result<Bytes> SignRecord(const Record& record, const std::vector<SigningKey>& keys) {
  return Draft(record).SignWith(keys);
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

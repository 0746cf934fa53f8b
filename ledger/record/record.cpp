#include "ledger/record/record.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "codec/cbor.h"
#include "codec/cose.h"

namespace cityid {
namespace {

constexpr std::string_view kTyp = "application/cityid-record+cose";
constexpr std::int64_t kRoleHeader = -65537;  // private use

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("record: ") + detail};
}

/// The members around a body, which is kept encoded until its type is known.
struct Envelope {
  std::uint64_t type = 0;
  std::optional<RecordHash> log;
  std::optional<std::string> subject;
  std::optional<RecordHash> previous;
  std::optional<RecordHash> authority;
  std::optional<std::uint64_t> not_after;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "type", s.type);
    f(2, "log", s.log);
    f(3, "subject", s.subject);
    f(4, "previous", s.previous);
    f(5, "authority", s.authority);
    f(6, "not_after", s.not_after);
  }
};

const Bytes& BodyHeader() {
  static const Bytes header = [] {
    CborWriter out;
    return std::move(out.Map(1).Uint(kCoseTyp).Text(kTyp)).bytes();
  }();
  return header;
}

Bytes SignerHeader(const Signer& signer) {
  CborWriter out;
  out.Map(3).Uint(kCoseAlg).Int(kCoseEdDsa).Uint(kCoseKid).ByteString(signer.key.view());
  return std::move(out.Int(kRoleHeader).Uint(static_cast<std::uint64_t>(signer.role))).bytes();
}

Result<Signer> ParseSignerHeader(ByteView header) {
  CborReader in(header);
  const auto pairs = in.Map();
  const auto alg_label = in.Uint();
  const auto alg = in.Int();
  if (!pairs || !alg_label || !alg || *alg_label != kCoseAlg) return Malformed("signer has no alg");
  if (*alg != kCoseEdDsa) return Error{Errc::kUnsupported, "record: alg is not EdDSA"};
  const auto kid_label = in.Uint();
  const auto kid = in.ByteString();
  const auto role_label = in.Int();
  const auto role = in.Uint();
  if (!kid_label || !kid || !role_label || !role) return Malformed("signer header is incomplete");
  const auto key = PublicKey::From(*kid);
  if (!key || *role > 0xFF || !Known(static_cast<Role>(*role))) {
    return Malformed("signer has no public key or an unknown role");
  }
  const Signer signer{static_cast<Role>(*role), *key};
  // One form: the same fields, written again, must give the same bytes.
  if (!Equal(SignerHeader(signer), header)) return Malformed("unknown fields in a signer header");
  return signer;
}

template <class Body>
Bytes Encode(const Record& record, const Body& body) {
  const Envelope envelope{static_cast<std::uint64_t>(Body::kType),
                          record.log,
                          record.subject,
                          record.previous,
                          record.authority,
                          record.not_after};
  fields::Counter counter;
  Envelope::Fields(counter, envelope);
  CborWriter out;
  out.Map(counter.count + 1);
  fields::Writer writer{out};
  Envelope::Fields(writer, envelope);
  writer(7, "body", body);
  return std::move(out).bytes();
}

Bytes EncodePayload(const Record& record) {
  return std::visit([&](const auto& body) { return Encode(record, body); }, record.body);
}

template <class Body>
Result<Record> Decode(fields::Reader& reader, Envelope envelope) {
  Body body;
  reader(7, "body", body);
  if (reader.error) return reader.error->In("record");
  if (reader.left != 0) return Malformed("unknown field, or fields out of order");
  if (const auto end = reader.in.End(); !end) return end.error();
  return Record{envelope.log,       std::move(envelope.subject), envelope.previous,
                envelope.authority, envelope.not_after,          std::move(body)};
}

/// Tries the alternatives of the variant from the first on until the type fits.
template <class Variant, std::size_t i = 0>
Result<Record> DecodeAs(fields::Reader& reader, Envelope envelope) {
  if constexpr (i == std::variant_size_v<Variant>) {
    return Error{Errc::kUnsupported, "record: unknown type " + std::to_string(envelope.type)};
  } else {
    using Body = std::variant_alternative_t<i, Variant>;
    if (envelope.type == static_cast<std::uint64_t>(Body::kType)) {
      return Decode<Body>(reader, std::move(envelope));
    }
    return DecodeAs<Variant, i + 1>(reader, std::move(envelope));
  }
}

Result<Record> DecodePayload(ByteView payload) {
  CborReader in(payload);
  const auto count = in.Map();
  if (!count) return count.error();
  Envelope envelope;
  fields::Reader reader{in, *count, {}};
  Envelope::Fields(reader, envelope);
  if (reader.error) return reader.error->In("record");
  return DecodeAs<RecordBody>(reader, std::move(envelope));
}

/// Shape of the COSE_Sign with its signers, in order.
Result<std::vector<Signer>> ReadSigners(ByteView entry, CoseSign& sign, bool draft = false) {
  if (entry.size() > kMaxRecord) return Error{Errc::kTooLarge, "record: larger than 32 KiB"};
  auto parsed = ParseCoseSign(entry);
  if (!parsed) return parsed.error();
  sign = *std::move(parsed);
  if (sign.signers.empty() && !draft) return Malformed("nobody signed");
  if (!Equal(sign.protected_header, BodyHeader())) return Malformed("unknown protected header");
  const auto is_empty_map = [](ByteView map) { return map.size() == 1; };
  if (!is_empty_map(sign.unprotected_header)) return Malformed("unprotected header is not empty");
  std::vector<Signer> signers;
  for (const CoseSigner& signer : sign.signers) {
    if (!is_empty_map(signer.unprotected_header))
      return Malformed("unprotected header is not empty");
    if (signer.signature.size() != Signature::kSize) return Malformed("signature is not 64 bytes");
    const auto read = ParseSignerHeader(signer.protected_header);
    if (!read) return read.error();
    if (!signers.empty() && !(signers.back() < *read))
      return Malformed("signers out of order or twice");
    signers.push_back(*read);
  }
  return signers;
}

DraftId HashPayload(ByteView payload) { return *DraftId::From(Sha256(payload).view()); }

struct SignatureOf {
  Signer signer;
  Signature signature;
};

Result<std::vector<SignatureOf>> ReadSignatures(ByteView entry, CoseSign& sign) {
  const auto signers = ReadSigners(entry, sign, true);
  if (!signers) return signers.error();
  std::vector<SignatureOf> signatures;
  for (std::size_t i = 0; i < signers->size(); ++i) {
    signatures.push_back({(*signers)[i], *Signature::From(sign.signers[i].signature)});
  }
  return signatures;
}

Result<Bytes> Write(ByteView payload, std::vector<SignatureOf> signatures) {
  std::ranges::sort(signatures, {}, &SignatureOf::signer);
  std::vector<Bytes> headers;
  for (const SignatureOf& s : signatures) headers.push_back(SignerHeader(s.signer));
  std::vector<CoseSigner> signers;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    signers.push_back({headers[i], {}, signatures[i].signature.view()});
  }
  Bytes entry = WriteCoseSign(BodyHeader(), payload, signers);
  if (entry.size() > kMaxRecord) return Error{Errc::kTooLarge, "record: larger than 32 KiB"};
  return entry;
}

SignatureOf SignPayload(ByteView payload, const SigningKey& key) {
  const Signer signer{key.role, key.key->public_key()};
  return {signer, key.key->Sign(SignerToBeSigned(BodyHeader(), SignerHeader(signer), payload))};
}

}  // namespace

RecordHash HashRecord(ByteView entry) { return *RecordHash::From(Sha256(entry).view()); }

std::string_view Name(RecordType type) {
  constexpr std::array<std::string_view, 14> kNames = {
      "",        "genesis", "policy",    "delegate", "assign",       "update",     "recover",
      "suspend", "resume",  "supersede", "revoke",   "revoke-codes", "state-root", "aliases"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view Name(Role role) {
  constexpr std::array<std::string_view, 6> kNames = {"",         "institute", "registrar",
                                                      "ancestor", "holder",    "new-key"};
  return kNames[static_cast<std::size_t>(role)];
}

RecordType Record::type() const {
  return std::visit([](const auto& b) { return b.kType; }, body);
}

Result<ClaimedRecord> ParseRecord(ByteView entry) {
  CoseSign sign;
  auto signers = ReadSigners(entry, sign);
  if (!signers) return signers.error();
  auto record = DecodePayload(sign.payload);
  if (!record) return record.error();
  return ClaimedRecord{*std::move(record), *std::move(signers)};
}

Result<VerifiedRecord> VerifyRecord(ByteView entry) {
  CoseSign sign;
  auto signers = ReadSigners(entry, sign);
  if (!signers) return signers.error();
  auto record = DecodePayload(sign.payload);
  if (!record) return record.error();
  for (std::size_t i = 0; i < signers->size(); ++i) {
    const CoseSigner& signer = sign.signers[i];
    const Bytes signed_bytes =
        SignerToBeSigned(sign.protected_header, signer.protected_header, sign.payload);
    if (!VerifySignature((*signers)[i].key, signed_bytes, *Signature::From(signer.signature))) {
      return Error{Errc::kForged, "record: the signature of " +
                                      std::string(Name((*signers)[i].role)) + " " +
                                      Hex((*signers)[i].key).substr(0, 16) + " does not verify"};
    }
  }
  return VerifiedRecord(*std::move(record), *std::move(signers), HashRecord(entry),
                        HashPayload(sign.payload));
}

std::vector<Result<VerifiedRecord>> VerifyRecords(const std::vector<ByteView>& entries) {
  constexpr std::size_t kShare = 16;  // entries: some milliseconds of work
  std::vector<Result<VerifiedRecord>> verified(entries.size(), Malformed("was not looked at"));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t start; (start = next.fetch_add(kShare)) < entries.size();) {
      const std::size_t end = std::min(start + kShare, entries.size());
      for (std::size_t i = start; i < end; ++i) verified[i] = VerifyRecord(entries[i]);
    }
  };
  std::vector<std::thread> threads;
  const std::size_t shares = (entries.size() + kShare - 1) / kShare;
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1u);
  for (std::size_t i = 1; i < std::min(cores, shares); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return verified;
}

Bytes WriteStateRoot(const RecordHash& log, const StateRoot& root) {
  return *DraftRecord(Record{log, {}, {}, {}, {}, root});
}

std::optional<ClaimedStateRoot> ParseStateRoot(ByteView entry) {
  const auto draft = ParseDraft(entry);
  if (!draft) return std::nullopt;
  const Record& record = draft->claimed.record;
  const auto* root = std::get_if<StateRoot>(&record.body);
  if (root == nullptr || !record.log) return std::nullopt;
  if (!Equal(WriteStateRoot(*record.log, *root), entry)) return std::nullopt;
  return ClaimedStateRoot{*record.log, *root};
}

Result<Bytes> DraftRecord(const Record& record) { return Write(EncodePayload(record), {}); }

Result<Bytes> SignRecord(const Record& record, const std::vector<SigningKey>& keys) {
  const Bytes payload = EncodePayload(record);
  std::vector<SignatureOf> signatures;
  for (const SigningKey& key : keys) {
    signatures.push_back(SignPayload(payload, key));
    const Signer& signer = signatures.back().signer;
    if (std::ranges::count(signatures, signer, &SignatureOf::signer) > 1) {
      return Error{Errc::kUsage, "record: the same key signs twice in one role"};
    }
  }
  if (signatures.empty()) return Error{Errc::kUsage, "record: nobody signs"};
  return Write(payload, std::move(signatures));
}

Result<ClaimedDraft> ParseDraft(ByteView draft) {
  CoseSign sign;
  auto signers = ReadSigners(draft, sign, true);
  if (!signers) return signers.error();
  auto record = DecodePayload(sign.payload);
  if (!record) return record.error();
  return ClaimedDraft{HashPayload(sign.payload),
                      ClaimedRecord{*std::move(record), *std::move(signers)}};
}

Result<Bytes> AddSignature(ByteView entry, const SigningKey& key) {
  if (const auto draft = ParseDraft(entry); !draft) return draft.error();
  CoseSign sign;
  auto signatures = ReadSignatures(entry, sign);
  if (!signatures) return signatures.error();
  const SignatureOf added = SignPayload(sign.payload, key);
  if (std::ranges::find(*signatures, added.signer, &SignatureOf::signer) != signatures->end()) {
    return Error{Errc::kRefused,
                 "record: this key has signed as " + std::string(Name(key.role)) + " already"};
  }
  signatures->push_back(added);
  return Write(sign.payload, *std::move(signatures));
}

Result<Bytes> MergeSignatures(ByteView a, ByteView b) {
  CoseSign sign_a;
  CoseSign sign_b;
  auto signatures = ReadSignatures(a, sign_a);
  if (!signatures) return signatures.error();
  const auto more = ReadSignatures(b, sign_b);
  if (!more) return more.error();
  if (!Equal(sign_a.payload, sign_b.payload)) {
    return Error{Errc::kUsage, "record: the signatures are of different records"};
  }
  for (const SignatureOf& added : *more) {
    if (std::ranges::find(*signatures, added.signer, &SignatureOf::signer) == signatures->end()) {
      signatures->push_back(added);
    }
  }
  return Write(sign_a.payload, *std::move(signatures));
}

Result<Bytes> KeepSignatures(ByteView entry, const std::function<bool(const Signer&)>& keep) {
  CoseSign sign;
  auto signatures = ReadSignatures(entry, sign);
  if (!signatures) return signatures.error();
  std::erase_if(*signatures, [&](const SignatureOf& s) { return !keep(s.signer); });
  return Write(sign.payload, *std::move(signatures));
}

}  // namespace cityid

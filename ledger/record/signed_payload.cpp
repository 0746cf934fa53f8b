#include "ledger/record/signed_payload.h"

#include "codec/cbor.h"
#include "codec/cose.h"
#include "codec/named.h"
#include "ledger/record/fields.h"

namespace cityid {
namespace {

constexpr std::int64_t kRoleHeader = -65537;  // private use

Error Malformed(const char* detail) { return Error{Errc::kMalformed, detail}; }

Error TooLarge(const SignedKind& kind) { return kind.Wrong(Errc::kTooLarge, "larger than 32 KiB"); }

/// Returns the protected header of a signer: algorithm, public key, role.
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
  if (*alg != kCoseEdDsa) return Error{Errc::kUnsupported, "alg is not EdDSA"};
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
  // Written again, the fields must give the same bytes: a header has one form.
  if (!Equal(SignerHeader(signer), header)) return Malformed("unknown fields in a signer header");
  return signer;
}

/// Checks that the protected header is `body_header` and the unprotected ones are empty, and parses
/// the signers, which must be in order.
Result<std::vector<Signer>> ReadSigners(const CoseSign& sign, ByteView body_header) {
  if (!Equal(sign.protected_header, body_header)) return Malformed("unknown protected header");
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

}  // namespace

std::string_view Name(Role role) {
  return NameIn<Role>({{Role::kInstitute, "institute"},
                       {Role::kRegistrar, "registrar"},
                       {Role::kAncestor, "ancestor"},
                       {Role::kHolder, "holder"},
                       {Role::kNewKey, "new-key"}},
                      role);
}

Result<SignedPayload> SignedPayload::Parse(const SignedKind& kind, ByteView bytes) {
  if (bytes.size() > kMaxSigned) return TooLarge(kind);
  const auto sign = ParseCoseSign(bytes);
  if (!sign) return sign.error();
  const auto signers = ReadSigners(*sign, AsBytes(kind.header));
  if (!signers) return signers.error().In(kind.name);
  SignedPayload parsed(kind, ToBytes(sign->payload));
  for (std::size_t i = 0; i < signers->size(); ++i) {
    parsed.signatures_.push_back(
        {(*signers)[i], *Signature::From(sign->signers[i].signature), false});
  }
  return parsed;
}

std::vector<Signer> SignedPayload::signers() const {
  std::vector<Signer> signers;
  for (const Signed& s : signatures_) signers.push_back(s.signer);
  return signers;
}

bool SignedPayload::Has(const Signer& signer) const {
  return std::ranges::find(signatures_, signer, &Signed::signer) != signatures_.end();
}

void SignedPayload::Add(const Signed& added) {
  const auto place = std::ranges::upper_bound(signatures_, added.signer, {}, &Signed::signer);
  signatures_.insert(place, added);
}

Bytes SignedPayload::ToBeSigned(const Signer& signer) const {
  return SignerToBeSigned(AsBytes(kind_->header), SignerHeader(signer), payload_);
}

Result<void> SignedPayload::Sign(const SigningKey& key) {
  const Signer signer{key.role, key.key->public_key()};
  if (Has(signer)) {
    return kind_->Wrong(Errc::kRefused,
                        "this key has signed as " + std::string(Name(key.role)) + " already");
  }
  Add({signer, key.key->Sign(ToBeSigned(signer)), true});
  return {};
}

Result<void> SignedPayload::Merge(const SignedPayload& other) {
  if (other.payload_ != payload_) {
    return kind_->Wrong(Errc::kUsage,
                        std::string("the signatures are of different ") + kind_->name + "s");
  }
  for (const Signed& added : other.signatures_) {
    if (!Has(added.signer)) Add(added);
  }
  return {};
}

Result<void> SignedPayload::Verify() {
  for (Signed& s : signatures_) {
    if (s.verified) continue;
    if (!VerifySignature(s.signer.key, ToBeSigned(s.signer), s.signature)) {
      return kind_->Wrong(Errc::kForged, "the signature of " + std::string(Name(s.signer.role)) +
                                             " " + Hex(s.signer.key).substr(0, 16) +
                                             " does not verify");
    }
    s.verified = true;
  }
  return {};
}

Result<Bytes> SignedPayload::Write() const {
  std::vector<Bytes> headers;
  for (const Signed& s : signatures_) headers.push_back(SignerHeader(s.signer));
  std::vector<CoseSigner> signers;
  for (std::size_t i = 0; i < signatures_.size(); ++i) {
    signers.push_back({{headers[i], {}}, signatures_[i].signature.view()});
  }
  Bytes bytes = WriteCoseSign(AsBytes(kind_->header), payload_, signers);
  if (bytes.size() > kMaxSigned) return TooLarge(*kind_);
  return bytes;
}

Result<Bytes> SignedPayload::SignWith(const std::vector<SigningKey>& keys) && {
  if (keys.empty()) return kind_->Wrong(Errc::kUsage, "nobody signs");
  for (const SigningKey& key : keys) {
    if (!Sign(key)) return kind_->Wrong(Errc::kUsage, "the same key signs twice in one role");
  }
  return Write();
}

}  // namespace cityid

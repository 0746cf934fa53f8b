#include "ledger/record/signer_headers.h"

#include "codec/cbor.h"

namespace cityid {
namespace {

constexpr std::int64_t kRoleHeader = -65537;  // private use

Error Malformed(const char* detail) { return Error{Errc::kMalformed, detail}; }

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

Result<std::vector<Signer>> Read(const CoseSign& sign, ByteView body_header) {
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

Bytes SignerHeader(const Signer& signer) {
  CborWriter out;
  out.Map(3).Uint(kCoseAlg).Int(kCoseEdDsa).Uint(kCoseKid).ByteString(signer.key.view());
  return std::move(out.Int(kRoleHeader).Uint(static_cast<std::uint64_t>(signer.role))).bytes();
}

Result<std::vector<Signer>> ReadSigners(const CoseSign& sign, ByteView body_header,
                                        const char* what) {
  auto signers = Read(sign, body_header);
  if (!signers) return signers.error().In(what);
  return signers;
}

}  // namespace cityid

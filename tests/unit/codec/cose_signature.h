// Verifies the signature of any COSE structure, for foreign vectors. The program has no use for it:
// its own profiles have one header each, which is checked before.
#pragma once

#include "codec/cose.h"

namespace cityid {

/// Verifies an EdDSA signature over a Sig_structure. The key decides the algorithm, so a header
/// that names another one is kUnsupported. Errors: kForged, kUnsupported, kMalformed.
inline Result<void> VerifyCoseSignature(const PublicKey& key, ByteView protected_header,
                                        ByteView to_be_signed, ByteView signature) {
  const auto alg = CoseAlgorithm(protected_header);
  if (!alg) return alg.error();
  if (*alg != kCoseEdDsa) return Error{Errc::kUnsupported, "cose: alg is not EdDSA"};
  const auto fixed = Signature::From(signature);
  if (!fixed) return Error{Errc::kForged, "cose: signature is not 64 bytes long"};
  if (!VerifySignature(key, to_be_signed, *fixed)) {
    return Error{Errc::kForged, "cose: signature does not verify"};
  }
  return {};
}

}  // namespace cityid

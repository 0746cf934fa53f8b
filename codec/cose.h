// COSE_Sign1 and COSE_Sign (RFC 9052, clauses 4.1 to 4.4): their shape, and what is signed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

// Header labels and values of the IANA "COSE" registries that our profiles use.
inline constexpr std::uint64_t kCoseAlg = 1;
inline constexpr std::uint64_t kCoseKid = 4;
inline constexpr std::uint64_t kCoseTyp = 16;  // RFC 9596
inline constexpr std::int64_t kCoseEdDsa = -8;
inline constexpr std::uint64_t kTagSign1 = 18;
inline constexpr std::uint64_t kTagSign = 98;

/// A parsed COSE_Sign1, nothing verified. Views point into the parsed bytes.
struct CoseSign1 {
  ByteView protected_header;    ///< content of the byte string; empty means an empty map
  ByteView unprotected_header;  ///< one encoded map
  ByteView payload;             ///< attached; a detached (null) payload is not accepted
  ByteView signature;           ///< of any length: 64 bytes only for Ed25519
};

/// One signer of a COSE_Sign.
struct CoseSigner {
  ByteView protected_header;
  ByteView unprotected_header;
  ByteView signature;
};

/// A parsed COSE_Sign, nothing verified. Views point into the parsed bytes.
struct CoseSign {
  ByteView protected_header;
  ByteView unprotected_header;
  ByteView payload;
  std::vector<CoseSigner> signers;  ///< 0 to 64; a draft that nobody has signed has none
};

/// Shape only. Tag 18 is required; the bytes must be deterministic CBOR with nothing after them.
/// Errors: kMalformed, kTooLarge.
Result<CoseSign1> ParseCoseSign1(ByteView bytes);

/// Shape only. Tag 98 is required. Errors: kMalformed, kTooLarge.
Result<CoseSign> ParseCoseSign(ByteView bytes);

/// Sig_structure of clause 4.4 with empty external_aad: the bytes that a COSE_Sign1 signature
/// covers.
Bytes Sign1ToBeSigned(ByteView protected_header, ByteView payload);

/// Sig_structure of clause 4.4 for one signer of a COSE_Sign.
Bytes SignerToBeSigned(ByteView body_protected, ByteView signer_protected, ByteView payload);

/// Writes `18([protected, {}, payload, signature])`.
Bytes WriteCoseSign1(ByteView protected_header, ByteView payload, const Signature& signature);

/// Writes `98([protected, {}, payload, [signers...]])`; unprotected headers of signers are written
/// as `{}`.
Bytes WriteCoseSign(ByteView protected_header, ByteView payload,
                    const std::vector<CoseSigner>& signers);

/// The `alg` (label 1) of a protected header, if it is a number.
/// Errors: kMalformed if the header is no deterministic map.
Result<std::optional<std::int64_t>> CoseAlgorithm(ByteView protected_header);

/// Checks an EdDSA signature over an already built Sig_structure; the algorithm is pinned by the
/// key, so a header that names another one is kUnsupported. Errors: kForged, kUnsupported,
/// kMalformed.
Result<void> VerifyCoseSignature(const PublicKey& key, ByteView protected_header,
                                 ByteView to_be_signed, ByteView signature);

}  // namespace cityid

// COSE_Sign1 and COSE_Sign (RFC 9052, clauses 4.1 to 4.4): their shape, and the bytes that are
// signed. Nothing here verifies a signature.
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

/// The headers with which every COSE structure begins.
struct CoseHeaders {
  ByteView protected_header;    ///< content of the byte string; empty means an empty map
  ByteView unprotected_header;  ///< one encoded map
};

/// A parsed COSE_Sign1, nothing verified. Views point into the parsed bytes.
struct CoseSign1 : CoseHeaders {
  ByteView payload;    ///< attached; a detached (null) payload is not accepted
  ByteView signature;  ///< of any length: 64 bytes only for Ed25519
};

/// One signer of a COSE_Sign.
struct CoseSigner : CoseHeaders {
  ByteView signature;
};

/// A parsed COSE_Sign, nothing verified. Views point into the parsed bytes.
struct CoseSign : CoseHeaders {
  ByteView payload;
  std::vector<CoseSigner> signers;  ///< 0 to 64; a draft that nobody has signed has none
};

/// Parses a COSE_Sign1: tag 18, deterministic CBOR, and nothing after it. Errors: kMalformed,
/// kTooLarge.
Result<CoseSign1> ParseCoseSign1(ByteView bytes);

/// Parses a COSE_Sign: tag 98, deterministic CBOR, and nothing after it. Errors: kMalformed,
/// kTooLarge.
Result<CoseSign> ParseCoseSign(ByteView bytes);

/// Returns the bytes that a COSE_Sign1 signature covers: the Sig_structure of clause 4.4 with an
/// empty external_aad.
Bytes Sign1ToBeSigned(ByteView protected_header, ByteView payload);

/// Returns the bytes that the signature of one signer of a COSE_Sign covers.
Bytes SignerToBeSigned(ByteView body_protected, ByteView signer_protected, ByteView payload);

/// Writes `18([protected, {}, payload, signature])`.
Bytes WriteCoseSign1(ByteView protected_header, ByteView payload, const Signature& signature);

/// Writes `98([protected, {}, payload, [signers...]])`, the unprotected header of each signer as
/// `{}`.
Bytes WriteCoseSign(ByteView protected_header, ByteView payload,
                    const std::vector<CoseSigner>& signers);

/// Returns the `alg` (label 1) of a protected header, or nothing if there is none or it is no
/// number. Errors: kMalformed if the header is no deterministic map.
Result<std::optional<std::int64_t>> CoseAlgorithm(ByteView protected_header);

}  // namespace cityid

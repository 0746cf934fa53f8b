// Ed25519 keys and signatures (RFC 8032), by libsodium.
#pragma once

#include <memory>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/sha256.h"

namespace cityid {

/// 32 bytes, as RFC 8032 5.1.5 encodes them. Not checked to be a point: a bad one verifies nothing.
using PublicKey = FixedBytes<struct PublicKeyTag, 32>;
using Signature = FixedBytes<struct SignatureTag, 64>;
/// The first 4 bytes of SHA-256 of a public key: a hint which key may have signed; several match.
using KeyHint = FixedBytes<struct KeyHintTag, 4>;

/// SipHash-2-4 with 128 bits under a fixed key: tells versions of the same thing apart, many times
/// faster. Who wants to can make two inputs with the same fingerprint.
using Fingerprint = FixedBytes<struct FingerprintTag, 16>;
Fingerprint FingerprintOf(ByteView bytes);

KeyHint HintOf(const PublicKey& key);

/// A secret key in locked memory that is wiped when it is dropped. Move-only; a moved-from key must
/// not be used.
class SecretKey {
 public:
  static SecretKey Generate();
  /// From the 32-byte seed of RFC 8032 5.1.5. Deterministic.
  static SecretKey FromSeed(const FixedBytes<struct SeedTag, 32>& seed);

  const PublicKey& public_key() const { return public_key_; }
  /// Deterministic; thread-safe.
  Signature Sign(ByteView message) const;
  /// Copies the 32-byte seed to `out`, which the caller wipes.
  void ExportSeed(std::span<std::uint8_t, 32> out) const;

 private:
  SecretKey();
  struct Wipe {
    void operator()(std::uint8_t* bytes) const;
  };
  std::unique_ptr<std::uint8_t[], Wipe> bytes_;  // 64: seed, public key
  PublicKey public_key_;
};

using Seed = FixedBytes<struct SeedTag, 32>;

/// True only for an authentic signature. Refuses points of small order and encodings that are not
/// canonical, as libsodium does. Thread-safe.
bool VerifySignature(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace cityid

// Ed25519 keys and signatures (RFC 8032), by libsodium.
#pragma once

#include <memory>

#include "codec/bytes.h"
#include "codec/result.h"
#include "codec/sha256.h"

namespace cityid {

/// A public key, encoded as in RFC 8032 5.1.5. It is not checked to be a point: with one that is
/// none, no signature verifies.
using PublicKey = FixedBytes<struct PublicKeyTag, 32>;
using Signature = FixedBytes<struct SignatureTag, 64>;
/// The first 4 bytes of SHA-256 of a public key: a hint which key may have signed; several match.
using KeyHint = FixedBytes<struct KeyHintTag, 4>;

/// SipHash-2-4 with 128 bits under a fixed key: tells versions of the same thing apart, many times
/// faster than SHA-256. Never use it against an attacker, who can make two inputs with one
/// fingerprint.
using Fingerprint = FixedBytes<struct FingerprintTag, 16>;
Fingerprint FingerprintOf(ByteView bytes);

KeyHint HintOf(const PublicKey& key);

/// Starts libsodium, once. Ends the process if the system has no source of random numbers. The
/// functions here call it where they need it; code that calls libsodium itself calls it first:
/// without it Argon2 runs its slow path.
void StartSodium();

/// A secret key in locked memory, which is wiped when the key is destroyed. Move-only; don't use a
/// key after it was moved from.
class SecretKey {
 public:
  static SecretKey Generate();
  /// Makes the key of a 32-byte seed (RFC 8032 5.1.5): always the same one.
  static SecretKey FromSeed(const FixedBytes<struct SeedTag, 32>& seed);

  const PublicKey& public_key() const { return public_key_; }
  /// Signs a message: always with the same signature. Thread-safe.
  Signature Sign(ByteView message) const;
  /// Copies the seed to `out`, which the caller wipes.
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

/// Verifies a signature. Refuses points of small order and encodings that are not canonical, as
/// libsodium does. Thread-safe.
bool VerifySignature(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace cityid

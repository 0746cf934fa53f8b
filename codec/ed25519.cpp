#include "codec/ed25519.h"

#include <sodium.h>

#include <cstdlib>

namespace cityid {

Fingerprint FingerprintOf(ByteView bytes) {
  constexpr std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES> kKey = {};
  Fingerprint fingerprint;
  crypto_shorthash_siphashx24(fingerprint.data(), bytes.data(), bytes.size(), kKey.data());
  return fingerprint;
}

KeyHint HintOf(const PublicKey& key) {
  return *KeyHint::From(Sha256(key.view()).view().first(KeyHint::kSize));
}

void StartSodium() {
  if (sodium_init() < 0) std::abort();
}

SecretKey::SecretKey() {
  StartSodium();
  bytes_.reset(static_cast<std::uint8_t*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)));
  if (!bytes_) std::abort();  // no memory can be locked
}

void SecretKey::Wipe::operator()(std::uint8_t* bytes) const { sodium_free(bytes); }

SecretKey SecretKey::Generate() {
  SecretKey key;
  crypto_sign_keypair(key.public_key_.data(), key.bytes_.get());
  return key;
}

SecretKey SecretKey::FromSeed(const Seed& seed) {
  SecretKey key;
  crypto_sign_seed_keypair(key.public_key_.data(), key.bytes_.get(), seed.data());
  return key;
}

Signature SecretKey::Sign(ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), bytes_.get());
  return signature;
}

void SecretKey::ExportSeed(std::span<std::uint8_t, 32> out) const {
  crypto_sign_ed25519_sk_to_seed(out.data(), bytes_.get());
}

bool VerifySignature(const PublicKey& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

}  // namespace cityid

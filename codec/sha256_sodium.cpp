// `Sha256` by libsodium.
#include <sodium.h>

#include "codec/sha256.h"

namespace cityid {
namespace {

crypto_hash_sha256_state* Native(void* state) {
  return static_cast<crypto_hash_sha256_state*>(state);
}

}  // namespace

Sha256Hash Sha256(std::initializer_list<ByteView> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const ByteView part : parts) crypto_hash_sha256_update(&state, part.data(), part.size());
  Sha256Hash hash;
  crypto_hash_sha256_final(&state, hash.data());
  return hash;
}

Sha256Stream::Sha256Stream() : state_(new crypto_hash_sha256_state) {
  crypto_hash_sha256_init(Native(state_));
}
Sha256Stream::Sha256Stream(const Sha256Stream& other)
    : state_(new crypto_hash_sha256_state(*Native(other.state_))) {}
Sha256Stream::~Sha256Stream() { delete Native(state_); }

void Sha256Stream::Add(ByteView part) {
  crypto_hash_sha256_update(Native(state_), part.data(), part.size());
}

Sha256Hash Sha256Stream::Finish() {
  Sha256Hash hash;
  crypto_hash_sha256_final(Native(state_), hash.data());
  return hash;
}

}  // namespace cityid

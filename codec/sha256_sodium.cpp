// `Sha256` by libsodium.
#include <sodium.h>

#include "codec/sha256.h"

namespace cityid {

Sha256Hash Sha256(std::initializer_list<ByteView> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const ByteView part : parts) crypto_hash_sha256_update(&state, part.data(), part.size());
  Sha256Hash hash;
  crypto_hash_sha256_final(&state, hash.data());
  return hash;
}

}  // namespace cityid

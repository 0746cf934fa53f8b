// SHA-256 (FIPS 180-4). Declared once; a program links one of two definitions: sha256_openssl.cpp,
// which uses the processor's own instructions, or sha256_sodium.cpp, which needs nothing beside
// libsodium.
#pragma once

#include <initializer_list>

#include "codec/bytes.h"

namespace cityid {

using Sha256Hash = FixedBytes<struct Sha256Tag, 32>;

/// Hashes the parts, one after the other. Thread-safe.
Sha256Hash Sha256(std::initializer_list<ByteView> parts);
inline Sha256Hash Sha256(ByteView bytes) { return Sha256({bytes}); }

/// A hash that is not at its end yet. A copy goes on by itself.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(const Sha256Stream& other);
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  ~Sha256Stream();

  void Add(ByteView part);
  /// To be called once, as the last.
  Sha256Hash Finish();

 private:
  void* state_;  ///< of the library
};

}  // namespace cityid

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

}  // namespace cityid

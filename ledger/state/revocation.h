// Revoked codes: bitmaps of serials, and cut-offs (docs/ledger-format.md 4). `Resolve`
// (resolver/answer/resolve.h) asks `IsRevoked` for every code, and gives the verdict.
#pragma once

#include <cstdint>
#include <map>

#include "codec/bytes.h"
#include "codec/city_code.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/state/state.h"

namespace cityid {

/// The value under `CutOffKey` of a code key: the codes that are revoked as a whole.
struct CutOff {
  std::uint64_t issued_before = 0;  ///< revokes codes with an earlier iat; seconds since 1970
  std::uint64_t serial_below = 0;   ///< revokes codes with a smaller serial

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "issued_before", s.issued_before);
    f(2, "serial_below", s.serial_below);
  }
  friend bool operator==(const CutOff&, const CutOff&) = default;
};

/// Keys of the state. `key_hash` is the SHA-256 of the public key.
Bytes CutOffKey(const Sha256Hash& key_hash);                        ///< R | hash
Bytes BitmapKey(const Sha256Hash& key_hash, std::uint32_t serial);  ///< R | hash | serial >> 8

/// Returns true if the code with these claims, signed by the key with this SHA-256, is revoked.
/// Errors: those of the state.
Result<bool> IsRevoked(const State& state, const Sha256Hash& key_hash, const CodeClaims& claims);

/// Returns the state's rows that a `revoke-codes` record writes. Errors: kRefused for ranges that
/// are too many, or not ascending and apart, and if everything in it was revoked before; those of
/// the state.
Result<std::map<Bytes, Bytes>> Revocations(const State& state, const RevokeCodes& revoke);

}  // namespace cityid

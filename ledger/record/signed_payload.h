// A payload and its signatures, as records and statements share them (docs/ledger-format.md 2):
// COSE_Sign. The body's protected header says what is signed, each signer's header with which key
// and in which role. Both are covered by every signature, so what was signed as a statement is
// never valid as a record.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

/// The bound on what is signed, in bytes, with its signatures.
inline constexpr std::size_t kMaxSigned = 32 * 1024;

/// The capacity in which a key signs. A signature in one role counts for no other.
enum class Role : std::uint8_t {
  kInstitute = 1,  ///< a member of the consortium
  kRegistrar = 2,  ///< of a delegated prefix
  kAncestor = 3,   ///< the record key of the nearest active ancestor
  kHolder = 4,     ///< the identifier's own record key
  kNewKey = 5,     ///< introduces itself: proof of possession
};
/// Returns "institute", "new-key" ...; an empty name for any other value.
std::string_view Name(Role role);

/// One who signed, as the signature's header says.
struct Signer {
  Role role;
  PublicKey key;
  friend auto operator<=>(const Signer&, const Signer&) = default;
};

/// A key that is about to sign in a role.
struct SigningKey {
  Role role;
  const SecretKey* key;  ///< not owned
};

/// What is signed: its protected header, and its name with which all errors begin.
struct SignedKind {
  std::string_view header;
  const char* name;

  Error Wrong(Errc code, const std::string& what) const { return Error{code, what}.In(name); }
};

/// A payload with none, some or all of its signatures. A signature is verified when `Verify` is
/// called, and only once.
class SignedPayload {
 public:
  /// Makes one that nobody has signed. `kind` outlives it.
  SignedPayload(const SignedKind& kind, Bytes payload)
      : kind_(&kind), payload_(std::move(payload)) {}

  /// Parses what `Write` writes: sizes, deterministic encoding, the protected header of `kind`,
  /// empty unprotected headers, known roles, signers in order. Errors: kMalformed, kTooLarge,
  /// kUnsupported.
  static Result<SignedPayload> Parse(const SignedKind& kind, ByteView bytes);

  ByteView payload() const { return payload_; }
  bool is_signed() const { return !signatures_.empty(); }
  /// The claimed signers, strictly ascending by role and key.
  std::vector<Signer> signers() const;

  /// Adds a signature. Errors: kRefused if the key has signed in this role already.
  Result<void> Sign(const SigningKey& key);

  /// Adds the signatures that `other` has and this one lacks. Errors: kUsage if `other` is another
  /// payload.
  Result<void> Merge(const SignedPayload& other);

  /// Removes the signatures of all signers for whom `keep(signer)` is false.
  template <class Keep>
  void KeepSigners(const Keep& keep) {
    std::erase_if(signatures_, [&](const Signed& s) { return !keep(s.signer); });
  }

  /// Verifies all signatures that were not verified yet. Errors: kForged.
  Result<void> Verify();

  /// Writes payload and signatures. Errors: kTooLarge.
  Result<Bytes> Write() const;

  /// Signs with all of these keys and writes it. Errors: kUsage without keys, or for one key twice
  /// in a role; kTooLarge.
  Result<Bytes> SignWith(const std::vector<SigningKey>& keys) &&;

 private:
  struct Signed {
    Signer signer;
    Signature signature;
    bool verified;
  };
  bool Has(const Signer& signer) const;
  void Add(const Signed& added);
  /// Returns the bytes that the signature of this signer covers.
  Bytes ToBeSigned(const Signer& signer) const;

  const SignedKind* kind_;
  Bytes payload_;
  std::vector<Signed> signatures_;  // ascending by signer
};

}  // namespace cityid

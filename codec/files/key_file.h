// Key files and the serial numbers kept beside them (docs/key-file.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

/// What can be read from a key file without its passphrase.
struct KeyFileInfo {
  PublicKey public_key;
  bool encrypted = false;
};

/// The cost of deriving a key from a passphrase with Argon2id. `kModerate` takes a third of a
/// second and 256 MiB.
enum class KeyDerivation { kModerate, kInteractive };

/// Writes `key` to a new file of mode 0600, and `PATH.serial` with the first serial, 1, beside it.
/// Encrypts the key with XChaCha20-Poly1305 under Argon2id unless `passphrase` is absent. Errors:
/// kRefused if a file is already there; kUsage for an empty passphrase; kIo; kFull.
Result<void> CreateKeyFile(const std::filesystem::path& path, const SecretKey& key,
                           const std::optional<std::string>& passphrase,
                           KeyDerivation derivation = KeyDerivation::kModerate);

/// Reads the public part of a key file. Errors: kNotFound, kIo, kMalformed.
Result<KeyFileInfo> InspectKeyFile(const std::filesystem::path& path);

/// Reads the secret key. Errors: kRefused if other users may read the file, with the command that
/// mends it; kPassphrase for a missing or wrong passphrase; kMalformed; kNotFound; kIo.
Result<SecretKey> OpenKeyFile(const std::filesystem::path& path,
                              const std::optional<std::string>& passphrase);

/// Reserves `count` (1 to 2^20) serials of the key at `path` and returns the first. The reservation
/// is on disk before the function returns, so no serial is ever given out twice. Safe against other
/// processes. Errors: kNotFound if the counter is missing (its owner must set it by hand, above
/// every serial that was used); kMalformed; kRefused if all 32-bit numbers are used; kIo; kFull.
Result<std::uint32_t> TakeSerials(const std::filesystem::path& path, std::uint32_t count);

/// Sets the next serial, never to a smaller one. Errors: those of `TakeSerials`; kRefused for a
/// smaller one.
Result<void> SetNextSerial(const std::filesystem::path& path, std::uint32_t next);

}  // namespace cityid

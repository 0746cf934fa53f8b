// Key files and the serial numbers kept beside them (docs/key-file.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid {

/// What a key file says without its passphrase.
struct KeyFileInfo {
  PublicKey public_key;
  bool encrypted = false;
};

/// How hard Argon2id makes guessing. `kModerate` costs a third of a second and 256 MiB a key.
enum class KeyDerivation { kModerate, kInteractive };

/// Writes `key` to a new file of mode 0600 and, beside it, `PATH.serial` with the first serial, 1.
/// Encrypted with XChaCha20-Poly1305 under Argon2id unless `passphrase` is absent.
/// Errors: kRefused if a file is already there; kUsage for an empty passphrase; kIo; kFull.
Result<void> CreateKeyFile(const std::filesystem::path& path, const SecretKey& key,
                           const std::optional<std::string>& passphrase,
                           KeyDerivation derivation = KeyDerivation::kModerate);

/// The public part. Errors: kNotFound, kIo, kMalformed.
Result<KeyFileInfo> InspectKeyFile(const std::filesystem::path& path);

/// The secret key. A file that others may read is refused (kRefused, says how to mend it).
/// Errors: kPassphrase for a missing or wrong passphrase; kMalformed; kNotFound; kIo.
Result<SecretKey> OpenKeyFile(const std::filesystem::path& path,
                              const std::optional<std::string>& passphrase);

/// Takes `count` (1 to 2^20) serials for the key at `path`: returns the first, and has made sure on
/// disk, before it returns, that none of them will be given out again, whatever happens. Safe
/// against other processes. Errors: kNotFound if the counter is missing (it must then be set by
/// hand: the serials already used are known to its owner only); kMalformed; kRefused when the
/// 32-bit numbers are used up; kIo; kFull.
Result<std::uint32_t> TakeSerials(const std::filesystem::path& path, std::uint32_t count);

/// Sets the next serial; never back. Errors: as `TakeSerials`, kRefused for a smaller one.
Result<void> SetNextSerial(const std::filesystem::path& path, std::uint32_t next);

}  // namespace cityid

// Key files as commands name them: whose public key they hold, and opening them.
#pragma once

#include <string>
#include <vector>

#include "cli/console/terminal.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid::cli {

/// So many digits of a key are enough for a person to know it by.
inline constexpr std::size_t kShownDigits = 16;

/// A key file that is to sign. It is opened only when it signs, because opening asks for its
/// passphrase.
struct KeyFile {
  std::string path;
  PublicKey key;
};

/// Reads the public keys of key files, in order; skips empty names. Errors: those of reading.
Result<std::vector<KeyFile>> FindKeyFiles(const std::vector<std::string>& files);

/// Opens a key file. Asks for its passphrase, if it has one. Errors: those of `PassphraseFor` and
/// `OpenKeyFile`.
Result<SecretKey> OpenKey(const std::string& file, const PassphraseOptions& passphrase);

/// Opens key files, in order; skips empty names. Asks for passphrases; a file that the passphrase
/// before opens, too, isn't asked for.
Result<std::vector<SecretKey>> OpenKeys(const std::vector<std::string>& files,
                                        const PassphraseOptions& passphrase);

/// Returns a public key that is given in hexadecimal or as a key file.
Result<PublicKey> KeyNamed(const std::string& hex_or_file);

/// Returns the first digits of a key, for people.
std::string ShortKey(const PublicKey& key);

}  // namespace cityid::cli

#include "cli/console/key_files.h"

#include "codec/files/key_file.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kPublicKeyDigits = 64;

/// Opens a key file. `last`: the passphrase of the file before; afterwards that of this one.
Result<SecretKey> OpenNext(const std::string& file, const PassphraseOptions& options,
                           std::optional<std::string>& last) {
  if (last && options.file.empty()) {
    if (auto key = OpenKeyFile(file, last)) return key;
  }
  auto secret = PassphraseFor(file, options);
  if (!secret) return secret.error();
  if (*secret) last = **secret;
  return OpenKeyFile(file, *secret);
}

}  // namespace

Result<std::vector<KeyFile>> FindKeyFiles(const std::vector<std::string>& files) {
  std::vector<KeyFile> found;
  for (const std::string& file : files) {
    if (file.empty()) continue;
    const auto info = InspectKeyFile(file);
    if (!info) return info.error();
    found.push_back({file, info->public_key});
  }
  return found;
}

Result<SecretKey> OpenKey(const std::string& file, const PassphraseOptions& passphrase) {
  const auto secret = PassphraseFor(file, passphrase);
  if (!secret) return secret.error();
  return OpenKeyFile(file, *secret);
}

Result<std::vector<SecretKey>> OpenKeys(const std::vector<std::string>& files,
                                        const PassphraseOptions& passphrase) {
  std::vector<SecretKey> keys;
  std::optional<std::string> last;
  for (const std::string& file : files) {
    if (file.empty()) continue;
    auto key = OpenNext(file, passphrase, last);
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<PublicKey> KeyNamed(const std::string& hex_or_file) {
  if (hex_or_file.size() == kPublicKeyDigits) {
    if (const auto bytes = FromHex(hex_or_file)) return *PublicKey::From(*bytes);
  }
  const auto info = InspectKeyFile(hex_or_file);
  if (!info) return info.error();
  return info->public_key;
}

std::string ShortKey(const PublicKey& key) { return Hex(key).substr(0, kShownDigits); }

}  // namespace cityid::cli

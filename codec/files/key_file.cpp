#include "codec/files/key_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>

#include <array>
#include <vector>

#include "codec/files/file.h"
#include "codec/text.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "cityid-key 1";
constexpr std::size_t kMaxFile = 4096;
constexpr std::size_t kSalt = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kMac = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kSeed = 32;
// Above what any honest file asks for: opening a file must not take all memory.
constexpr std::uint64_t kMaxOperations = 16;
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30;

/// A buffer on the stack, wiped when it is destroyed.
template <std::size_t N>
struct Wiped : std::array<std::uint8_t, N> {
  ~Wiped() { sodium_memzero(this->data(), N); }
};

/// Wipes what a buffer holds at the end of its scope, however that is left.
template <class Buffer>
class WipedAtEnd {
 public:
  explicit WipedAtEnd(Buffer& buffer) : buffer_(buffer) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { sodium_memzero(buffer_.data(), buffer_.size()); }

 private:
  Buffer& buffer_;
};

Error Malformed(const fs::path& path, const char* detail) {
  return Error{Errc::kMalformed, path.string() + ": not a key file: " + detail};
}

struct Derivation {
  std::uint64_t operations;
  std::uint64_t memory;
  Bytes salt;
};

struct Parsed {
  PublicKey public_key;
  std::optional<Derivation> derivation;
  Bytes secret;
  std::string header;  ///< the first three lines, authenticated with the secret
};

/// Takes a line that begins with `word` and a blank, and returns the rest of it.
std::optional<std::string_view> TakeField(std::string_view& text, std::string_view word) {
  const auto line = TakeLine(text);
  if (!line || !line->starts_with(word) || line->size() <= word.size() ||
      (*line)[word.size()] != ' ') {
    return std::nullopt;
  }
  return line->substr(word.size() + 1);
}

/// Reads hexadecimal in lower case only: one form for each value.
std::optional<Bytes> ReadHex(std::string_view text) {
  auto bytes = FromHex(text);
  if (!bytes || Hex(*bytes) != text) return std::nullopt;
  return bytes;
}

std::optional<Derivation> ParseDerivation(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) words.push_back(TakeUntil(text, ' '));
  if (words.size() != 4 || words[0] != "argon2id") return std::nullopt;
  const auto operations = ParseDecimal(words[1]);
  const auto memory = ParseDecimal(words[2]);
  auto salt = ReadHex(words[3]);
  if (!operations || !memory || !salt || salt->size() != kSalt) return std::nullopt;
  if (*operations < 1 || *operations > kMaxOperations) return std::nullopt;
  if (*memory < crypto_pwhash_MEMLIMIT_MIN || *memory > kMaxMemory) return std::nullopt;
  return Derivation{*operations, *memory, *std::move(salt)};
}

/// Parses what `ReadFile` or `ReadPrivateFile` read.
Result<Parsed> ReadKeyFile(const fs::path& path, Result<Bytes> content) {
  if (!content) return content.error();
  const WipedAtEnd wiped(*content);
  const std::string_view all = AsText(*content);
  std::string_view text = all;
  if (TakeLine(text) != kMagic) return Malformed(path, "first line is not 'cityid-key 1'");
  const auto public_hex = TakeField(text, "public");
  const auto public_key = ReadHex(public_hex.value_or(""));
  if (!public_key || public_key->size() != PublicKey::kSize) return Malformed(path, "public key");
  Parsed parsed{*PublicKey::From(*public_key), {}, {}, {}};
  const auto protection = TakeField(text, "protection");
  if (!protection) return Malformed(path, "no line 'protection'");
  if (*protection != "none") {
    parsed.derivation = ParseDerivation(*protection);
    if (!parsed.derivation) {
      return Malformed(path, "unknown protection, or parameters out of range");
    }
  }
  parsed.header = all.substr(0, all.size() - text.size());
  const auto secret_hex = TakeField(text, "secret");
  if (!secret_hex || !text.empty()) return Malformed(path, "no line 'secret' at its end");
  auto secret = ReadHex(*secret_hex);
  const std::size_t expected = parsed.derivation ? kNonce + kSeed + kMac : kSeed;
  if (!secret || secret->size() != expected) return Malformed(path, "secret has a wrong length");
  parsed.secret = *std::move(secret);
  return parsed;
}

Result<void> Derive(const std::string& passphrase, const Derivation& how, Wiped<32>& key) {
  StartSodium();
  if (crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(), how.salt.data(),
                    how.operations, how.memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{Errc::kIo, "not enough memory to derive the key from its passphrase"};
  }
  return {};
}

fs::path SerialPath(const fs::path& path) {
  fs::path serial = path;
  serial += ".serial";
  return serial;
}

std::string SerialText(std::uint64_t next) { return std::to_string(next) + "\n"; }

/// Reads the counter, lets `advance` choose the next value, writes that and returns the old one. It
/// holds a lock on the key file, which, unlike the counter, is never replaced.
template <class Advance>
Result<std::uint64_t> AdvanceSerial(const fs::path& path, Advance advance) {
  const FileDescriptor lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!lock) return SystemError("open", path);
  if (::flock(lock.get(), LOCK_EX) != 0) return SystemError("lock", path);
  const fs::path serial_path = SerialPath(path);
  std::optional<std::uint64_t> current;
  const auto content = ReadFile(serial_path, 32);
  if (content) {
    std::string_view text = AsText(*content);
    current = ParseDecimal(TakeLine(text).value_or(""));
    if (!current || *current > std::uint64_t{1} << 32 || !text.empty()) {
      return Error{Errc::kMalformed, serial_path.string() + " is not a serial number"};
    }
  } else if (content.error().code != Errc::kNotFound) {
    return content.error();
  }
  const Result<std::uint64_t> next = advance(current, serial_path);
  if (!next) return next.error();
  const auto written = WriteFile(serial_path, AsBytes(SerialText(*next)), 0600);
  if (!written) return written.error();
  return current.value_or(0);
}

}  // namespace

Result<void> CreateKeyFile(const fs::path& path, const SecretKey& key,
                           const std::optional<std::string>& passphrase, KeyDerivation derivation) {
  if (passphrase && passphrase->empty()) {
    return Error{Errc::kUsage, "an empty passphrase protects nothing; use --no-passphrase"};
  }
  std::string text = std::string(kMagic) + "\npublic " + Hex(key.public_key()) + "\nprotection ";
  text.reserve(kMaxFile);  // so that it is never moved, and no copy stays behind
  const WipedAtEnd wiped(text);
  Wiped<kSeed> seed;
  key.ExportSeed(seed);
  Wiped<kNonce + kSeed + kMac> sealed;
  ByteView secret(seed);
  if (passphrase) {
    const bool moderate = derivation == KeyDerivation::kModerate;
    Derivation how{moderate ? crypto_pwhash_OPSLIMIT_MODERATE : crypto_pwhash_OPSLIMIT_INTERACTIVE,
                   moderate ? crypto_pwhash_MEMLIMIT_MODERATE : crypto_pwhash_MEMLIMIT_INTERACTIVE,
                   Bytes(kSalt)};
    randombytes_buf(how.salt.data(), how.salt.size());
    text += "argon2id " + std::to_string(how.operations) + ' ' + std::to_string(how.memory) + ' ' +
            Hex(how.salt) + '\n';
    Wiped<32> wrapping;
    if (const auto derived = Derive(*passphrase, how, wrapping); !derived) return derived.error();
    randombytes_buf(sealed.data(), kNonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + kNonce, nullptr, seed.data(),
                                               seed.size(), AsBytes(text).data(), text.size(),
                                               nullptr, sealed.data(), wrapping.data());
    secret = sealed;
  } else {
    text += "none\n";
  }
  text += "secret " + Hex(secret) + '\n';
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    return Error{Errc::kRefused, path.string() + " exists; choose another name or move it away"};
  }
  // The counter first: without one, the owner would have to set it by hand.
  const auto serial = CreateFile(SerialPath(path), AsBytes(SerialText(1)), 0600);
  if (!serial) return serial.error();
  auto created = CreateFile(path, AsBytes(text), 0600);
  if (!created) fs::remove(SerialPath(path));
  return created;
}

Result<KeyFileInfo> InspectKeyFile(const fs::path& path) {
  auto parsed = ReadKeyFile(path, ReadFile(path, kMaxFile));
  if (!parsed) return parsed.error();
  const WipedAtEnd wiped(parsed->secret);
  return KeyFileInfo{parsed->public_key, parsed->derivation.has_value()};
}

Result<SecretKey> OpenKeyFile(const fs::path& path, const std::optional<std::string>& passphrase) {
  auto parsed = ReadKeyFile(path, ReadPrivateFile(path, kMaxFile));
  if (!parsed) return parsed.error();
  const WipedAtEnd wiped(parsed->secret);
  Wiped<kSeed> seed;
  if (parsed->derivation) {
    if (!passphrase) return Error{Errc::kPassphrase, path.string() + " needs its passphrase"};
    Wiped<32> wrapping;
    if (const auto derived = Derive(*passphrase, *parsed->derivation, wrapping); !derived) {
      return derived.error();
    }
    const ByteView header = AsBytes(parsed->header);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            seed.data(), nullptr, nullptr, parsed->secret.data() + kNonce,
            parsed->secret.size() - kNonce, header.data(), header.size(), parsed->secret.data(),
            wrapping.data()) != 0) {
      return Error{Errc::kPassphrase, path.string() + ": wrong passphrase, or a damaged file"};
    }
  } else {
    std::ranges::copy(parsed->secret, seed.begin());
  }
  Seed fixed = *Seed::From(seed);
  const WipedAtEnd fixed_wiped(fixed);
  SecretKey key = SecretKey::FromSeed(fixed);
  if (key.public_key() != parsed->public_key) {
    return Error{Errc::kMalformed,
                 path.string() + ": the public key does not belong to the secret"};
  }
  return key;
}

Result<std::uint32_t> TakeSerials(const fs::path& path, std::uint32_t count) {
  if (count < 1 || count > 1u << 20) {
    return Error{Errc::kUsage, "1 to 1048576 serials can be taken at once"};
  }
  const auto first = AdvanceSerial(
      path,
      [&](std::optional<std::uint64_t> current, const fs::path& file) -> Result<std::uint64_t> {
        if (!current) {
          return Error{Errc::kNotFound, file.string() +
                                            " is missing; set it above every serial "
                                            "this key has used: cityid key serial FILE --next N"};
        }
        if (*current + count > std::uint64_t{1} << 32) {
          return Error{Errc::kRefused, path.string() + ": its serials are used up; make a new key"};
        }
        return *current + count;
      });
  if (!first) return first.error();
  return static_cast<std::uint32_t>(*first);
}

Result<void> SetNextSerial(const fs::path& path, std::uint32_t next) {
  const auto set = AdvanceSerial(
      path, [&](std::optional<std::uint64_t> current, const fs::path&) -> Result<std::uint64_t> {
        if (current && next < *current) {
          return Error{Errc::kRefused, "the next serial is already " + std::to_string(*current) +
                                           "; it never goes back"};
        }
        return std::uint64_t{next};
      });
  if (!set) return set.error();
  return {};
}

}  // namespace cityid

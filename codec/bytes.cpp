#include "codec/bytes.h"

#include <sodium.h>

namespace cityid {

std::string Hex(ByteView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();  // the final NUL
  return text;
}

std::optional<Bytes> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  if (text.empty()) return Bytes();  // whose data may be null, which libsodium refuses
  Bytes bytes(text.size() / 2);
  if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, nullptr,
                     nullptr) != 0) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace cityid

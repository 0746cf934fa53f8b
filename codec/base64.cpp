#include "codec/base64.h"

#include <sodium.h>

namespace cityid {

std::string Base64(ByteView bytes) {
  if (bytes.empty()) return {};
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the final NUL
  return text;
}

std::optional<Bytes> FromBase64(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 1);  // one more, so that there is always somewhere to write
  std::size_t size = 0;
  // Refuses characters of no meaning, wrong padding and bits that are not used.
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  // libsodium 1.0.18 takes some bytes above ASCII for digits.
  if (Base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace cityid

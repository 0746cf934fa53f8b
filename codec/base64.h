// Base 64 (RFC 4648, 4) with padding, in its one canonical form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/bytes.h"

namespace cityid {

/// Writes bytes as base 64.
std::string Base64(ByteView bytes);

/// Reads base 64. Returns nothing if `text` is not exactly what `Base64` writes.
std::optional<Bytes> FromBase64(std::string_view text);

}  // namespace cityid

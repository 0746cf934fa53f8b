// Byte strings: owned, viewed, and of a fixed length with a type of their own.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cityid {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Returns the bytes of a text without copying them.
inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Returns bytes as text without copying or checking them.
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes ToBytes(ByteView view) { return Bytes(view.begin(), view.end()); }

inline bool Equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

inline void Append(Bytes& out, ByteView part) { out.insert(out.end(), part.begin(), part.end()); }

/// Writes bytes as hexadecimal in lower case.
std::string Hex(ByteView bytes);

/// Reads hexadecimal in either case. Returns nothing if `text` has an odd length or another
/// character.
std::optional<Bytes> FromHex(std::string_view text);

/// Appends the last `size` (1 to 8) bytes of `number`, the most significant first.
inline void AppendBigEndian(Bytes& out, std::uint64_t number, std::size_t size = 8) {
  for (std::size_t left = size; left > 0; --left)
    out.push_back(static_cast<std::uint8_t>(number >> (8 * (left - 1))));
}

/// Reads up to 8 bytes as a number, the most significant first.
inline std::uint64_t ReadBigEndian(ByteView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

/// `N` bytes with one meaning, named by `Tag`: a type of its own.
template <class Tag, std::size_t N>
class FixedBytes {
 public:
  static constexpr std::size_t kSize = N;

  constexpr FixedBytes() : bytes_{} {}
  constexpr explicit FixedBytes(const std::array<std::uint8_t, N>& bytes) : bytes_(bytes) {}

  /// Returns nothing unless `bytes` has exactly `N` bytes.
  static std::optional<FixedBytes> From(ByteView bytes) {
    if (bytes.size() != N) return std::nullopt;
    FixedBytes fixed;
    std::ranges::copy(bytes, fixed.bytes_.begin());
    return fixed;
  }

  ByteView view() const { return bytes_; }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::uint8_t* data() { return bytes_.data(); }
  static constexpr std::size_t size() { return N; }

  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

 private:
  std::array<std::uint8_t, N> bytes_;
};

template <class Tag, std::size_t N>
std::string Hex(const FixedBytes<Tag, N>& fixed) {
  return Hex(fixed.view());
}

}  // namespace cityid

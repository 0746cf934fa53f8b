#include "ledger/state/revocation.h"

#include <algorithm>
#include <optional>

#include "codec/time_text.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxRanges = 1024;
constexpr std::uint64_t kMaxSerials = 65'536;

/// Revoked serials of one block of 256. Bit n, the most significant first, is serial block * 256 +
/// n.
using Bitmap = FixedBytes<struct BitmapTag, 32>;

Result<CutOff> FindCutOff(const State& state, const Sha256Hash& key) {
  const auto found = FindValue<CutOff>(state, CutOffKey(key), "cut-off");
  if (!found) return found.error();
  return found->value_or(CutOff{});
}

Result<Bitmap> FindBitmap(const State& state, const Sha256Hash& key, std::uint32_t serial) {
  const auto found = FindValue<Bitmap>(state, BitmapKey(key, serial), "revocations");
  if (!found) return found.error();
  return found->value_or(Bitmap{});
}

Result<void> CheckRanges(const std::vector<SerialRange>& ranges) {
  if (ranges.size() > kMaxRanges) return RefusedBy("revoke-serials: more than 1024 ranges");
  std::uint64_t count = 0;
  std::optional<std::uint32_t> last;
  for (const SerialRange& range : ranges) {
    if (range.last < range.first || (last && range.first <= *last)) {
      return RefusedBy("revoke-serials: ranges must be ascending and apart");
    }
    last = range.last;
    count += std::uint64_t{range.last} - range.first + 1;
  }
  if (count > kMaxSerials) return RefusedBy("revoke-serials: more than 65536 serials");
  return {};
}

/// Bitmaps by block.
struct Blocks {
  std::map<std::uint32_t, Bitmap> bitmaps;
  bool changed = false;  ///< a bit was set that was not set before
};

Result<Blocks> SetBits(const State& state, const Sha256Hash& key,
                       const std::vector<SerialRange>& ranges) {
  Blocks blocks;
  for (const SerialRange& range : ranges) {
    for (std::uint64_t serial = range.first; serial <= range.last; ++serial) {
      const auto number = static_cast<std::uint32_t>(serial);
      auto block = blocks.bitmaps.find(number >> 8);
      if (block == blocks.bitmaps.end()) {
        const auto found = FindBitmap(state, key, number);
        if (!found) return found.error();
        block = blocks.bitmaps.emplace(number >> 8, *found).first;
      }
      std::uint8_t& byte = block->second.data()[(number & 0xFF) / 8];
      const auto bit = static_cast<std::uint8_t>(0x80 >> (number % 8));
      blocks.changed |= (byte & bit) == 0;
      byte |= bit;
    }
  }
  return blocks;
}

}  // namespace

Bytes CutOffKey(const Sha256Hash& key_hash) {
  Bytes key;
  key.reserve(40);
  key.push_back('R');
  Append(key, key_hash.view());
  return key;
}

Bytes BitmapKey(const Sha256Hash& key_hash, std::uint32_t serial) {
  Bytes key = CutOffKey(key_hash);
  AppendBigEndian(key, serial >> 8, 3);
  return key;
}

Result<bool> IsRevoked(const State& state, const Sha256Hash& key_hash, const CodeClaims& claims) {
  const auto cut_off = FindCutOff(state, key_hash);
  if (!cut_off) return cut_off.error();
  const auto issued = SecondsOf(claims.issued_at);
  if (issued < cut_off->issued_before || claims.serial < cut_off->serial_below) return true;
  const auto bitmap = FindBitmap(state, key_hash, claims.serial);
  if (!bitmap) return bitmap.error();
  const std::uint32_t bit = claims.serial & 0xFF;
  return (bitmap->view()[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

Result<std::map<Bytes, Bytes>> Revocations(const State& state, const RevokeCodes& revoke) {
  if (const auto ranges = CheckRanges(revoke.serials); !ranges) return ranges.error();
  const Sha256Hash key_hash = Sha256(revoke.key.view());
  const auto before = FindCutOff(state, key_hash);
  if (!before) return before.error();
  const CutOff after{
      std::max(before->issued_before, revoke.issued_before.value_or(0)),
      std::max<std::uint64_t>(before->serial_below, revoke.serial_below.value_or(0))};
  const auto blocks = SetBits(state, key_hash, revoke.serials);
  if (!blocks) return blocks.error();
  if (after == *before && !blocks->changed) {
    return RefusedBy("revoke-nothing: all of it is revoked already");
  }
  std::map<Bytes, Bytes> writes;
  for (const auto& [block, bitmap] : blocks->bitmaps) {
    writes[BitmapKey(key_hash, block << 8)] = EncodeFields(bitmap);
  }
  if (after != *before) writes[CutOffKey(key_hash)] = EncodeFields(after);
  return writes;
}

}  // namespace cityid

// Seals in PDF files (docs/document-seal.md): the code that a file carries, and whether the file is
// what was sealed. Nothing here knows PDF: a seal is found by its marker, hashed around, and its
// region drawn again.
//
// To seal: ask for the length of the region (`RegionLength`), lay the update around it with
// `SealMarker`, put `SealDigest` into the code, sign it, and draw the region (`DrawRegion`).
// To verify: `FindSeals`, and then judge the URL of each seal as a code that was scanned. The state
// of a file means nothing unless its code is valid: what a seal says until then is its maker's word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "codec/sha256.h"

namespace cityid {

/// Where a seal stands in its file, in bytes (docs/document-seal.md 1).
struct SealPlace {
  std::uint64_t original = 0;  ///< size of the file before it was sealed
  std::uint64_t begin = 0;     ///< of the region
  std::uint64_t length = 0;    ///< of the region
  std::uint64_t rest = 0;      ///< from the region's end to the update's

  std::uint64_t end() const { return begin + length + rest; }
};

inline constexpr std::uint64_t kMaxSealRegion = std::uint64_t{1} << 18;
inline constexpr std::uint64_t kMaxSealRest = std::uint64_t{1} << 20;
/// Of the marker, with its line feed.
inline constexpr std::size_t kSealMarkerSize = 59;
/// How many seals of a file are looked at.
inline constexpr std::size_t kMaxSeals = 16;

/// Returns the line before the region, with its line feed. Every number must be within its bounds.
std::string SealMarker(const SealPlace& place);

/// Returns the modules a side of a seal's symbol. It depends on the lengths of the URL's parts only,
/// so that a URL without its signature will do. Errors: kTooLarge for no symbol at all.
Result<int> RegionModules(std::string_view url);

/// Returns the room that the region of a URL needs, whatever its digits are. Errors: as
/// `RegionModules`.
Result<std::size_t> RegionLength(std::string_view url);

/// Draws the region with a mask from 0 to 7. `url` must be one that `ParseCodeUrl` accepts. Errors:
/// kTooLarge if it is longer than `length`.
Result<std::string> DrawRegion(std::string_view url, int mask, std::size_t length);
/// Draws it with the mask that scanners like best, or else another one that fits. Errors: kTooLarge
/// if none does.
Result<std::string> DrawRegion(std::string_view url, std::size_t length);

/// Returns the digest that the code of a seal has: of everything up to the region, and from its end
/// to the end of the update.
Sha256Hash SealDigest(ByteView before, ByteView rest);

/// What a file is, compared with what was sealed.
enum class SealState : std::uint8_t {
  kUnchanged,
  kChanged,  ///< what was sealed differs, or the seal itself does
  kAddedTo,  ///< what was sealed is there, and something follows it
};

/// Returns "unchanged", "changed" or "added-to".
std::string_view Name(SealState state);

struct FoundSeal {
  SealState state = SealState::kChanged;
  SealPlace place;     ///< good unless the state is `kChanged`
  std::string url;     ///< of the code; empty if the region shows none. Nothing of it is verified
  std::optional<CityId> subject;  ///< whose code it claims to be
  std::string why;     ///< one line, for `kChanged`
  /// Of what follows: how many bytes, and whether it looks like a digital signature of PDF.
  std::uint64_t added = 0;
  bool looks_signed = false;
  /// True if what follows is covered by an unchanged seal that claims the same identifier: then
  /// nobody else added anything, provided that both codes are valid.
  bool sealed_again = false;
};

struct FoundSeals {
  std::vector<FoundSeal> seals;  ///< in the order of the file, at most `kMaxSeals`
  bool more = false;             ///< there are others, which weren't looked at

  /// Returns true if the file is what was sealed, provided that the code of every seal is valid.
  bool intact() const;
};

/// Finds the seals of a file. Reads it about once, whatever is in it. Thread-safe.
FoundSeals FindSeals(ByteView file);

}  // namespace cityid

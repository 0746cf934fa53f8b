// Sealed files for tests: a seal knows nothing of PDF, so a few lines of text are a file.
#pragma once

#include <string>

#include "codec/city_code.h"
#include "codec/seal/seal.h"

namespace cityid {

struct Sealing {
  std::string original = "%PDF-1.7\nA permit.\n";
  std::string id = "MA.156.1301";
  std::string host = "id.example.cn";
  std::uint32_t serial = 1;
  std::optional<int> mask;
  bool with_digest = true;
};

inline SecretKey SealingKey() { return SecretKey::FromSeed(*Seed::From(Bytes(32, 7))); }

inline ClaimedCode DocumentCode(const Sealing& sealing, std::optional<Sha256Hash> digest) {
  const SecretKey key = SealingKey();
  CodeClaims claims{*CityId::Parse(sealing.id),
                    Purpose::kDocument,
                    HintOf(key.public_key()),
                    sealing.serial,
                    std::chrono::sys_seconds(std::chrono::seconds(1795305600)),
                    0,
                    DocumentClaims{"permit", "2026-000123", {}, digest}};
  return *SignCode(claims, key);
}

/// Seals a file as `cityid document seal` does, but that the update around the region is a text.
inline std::string Seal(const Sealing& sealing = {}) {
  const std::string after = "the rest of the update\n%%EOF\n";
  const auto url_of = [&](const ClaimedCode& code) { return *WriteCodeUrl(sealing.host, code); };
  const std::string rehearsed = url_of(DocumentCode(sealing, Sha256Hash{}));
  std::string before = sealing.original + "a stamp\n";
  const SealPlace place{sealing.original.size(), before.size() + kSealMarkerSize,
                        *RegionLength(rehearsed), after.size()};
  before += SealMarker(place);
  const auto digest = SealDigest(AsBytes(before), AsBytes(after));
  const std::string url =
      url_of(DocumentCode(sealing, sealing.with_digest ? std::optional(digest) : std::nullopt));
  const auto region =
      sealing.mask ? DrawRegion(url, *sealing.mask, place.length) : DrawRegion(url, place.length);
  return before + *region + after;
}

}  // namespace cityid

// Codes for tests: one of each purpose, signed with a key of the test.
#pragma once

#include <vector>

#include "codec/city_code.h"

namespace cityid {

/// A key that is the same in every run; `number` tells several apart.
inline SecretKey ExampleKey(std::uint8_t number = 1) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(number);
  return SecretKey::FromSeed(Seed(seed));
}

inline CodeClaims ExampleClaims(Purpose purpose = Purpose::kCity) {
  CodeClaims claims{*CityId::Parse("MA.156.1301"),
                    purpose,
                    HintOf(ExampleKey().public_key()),
                    7,
                    std::chrono::sys_seconds(std::chrono::seconds(1795305600)),
                    30,
                    {}};
  if (purpose == Purpose::kDocument) {
    claims.document = DocumentClaims{"permit",
                                     "2026-000123",
                                     std::chrono::sys_days(std::chrono::days(20779)),
                                     Sha256(AsBytes("A permit.\n")),
                                     {{"Valid for", "2 cars"}, {"\u533A\u57DF", "A"}}};
  }
  return claims;
}

inline ClaimedCode ExampleCode(Purpose purpose = Purpose::kCity) {
  return *SignCode(ExampleClaims(purpose), ExampleKey());
}

inline constexpr Purpose kEveryPurpose[] = {Purpose::kCity, Purpose::kUnit, Purpose::kDevice,
                                            Purpose::kDocument};

}  // namespace cityid

// The versions of the rules (docs/ledger-format.md 5), which a policy puts in force.
#pragma once

#include <cstdint>

namespace cityid {

/// The newest version that this program knows, with which new ledgers begin.
inline constexpr std::uint64_t kNewestRules = 2;
/// From this version on, texts are judged (docs/ledger-format.md 5.3).
inline constexpr std::uint64_t kRulesOfTexts = 2;

}  // namespace cityid

// The types of problems (RFC 9457): what can go wrong, told to people (docs/problems.md).
#pragma once

#include <array>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// A type of problem; its address is "/problems/<name>".
struct ProblemText {
  std::string_view name;
  int status;
  std::array<VerdictText, kLanguages> text;
};

/// Returns the type with this name, of a status, a special one or a verdict; null if there is none.
const ProblemText* FindProblem(std::string_view name);

// Types that say more than their status.
inline constexpr std::string_view kNoSuchLink = "no-such-link";     ///< 404
inline constexpr std::string_view kPastUnknown = "past-unknown";    ///< 404
inline constexpr std::string_view kUnknownAlias = "unknown-alias";  ///< 404
inline constexpr std::string_view kNotIndexed = "not-indexed";      ///< 503

}  // namespace cityid

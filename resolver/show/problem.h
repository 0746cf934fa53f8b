// What goes wrong in another way than by a verdict, and how that is said to people
// (docs/problems.md).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// A type of problem: "/problems/<name>".
struct ProblemText {
  std::string_view name;
  int status;
  std::array<VerdictText, kLanguages> text;
};

/// Every type that is sent: those of statuses and special ones; then the verdicts.
std::span<const ProblemText> ProblemTable();

/// Null for an unknown name.
const ProblemText* FindProblem(std::string_view name);

/// Types that are more special than their status.
inline constexpr std::string_view kNoSuchLink = "no-such-link";     ///< 404
inline constexpr std::string_view kPastUnknown = "past-unknown";    ///< 404
inline constexpr std::string_view kUnknownAlias = "unknown-alias";  ///< 404
inline constexpr std::string_view kNotIndexed = "not-indexed";      ///< 503

}  // namespace cityid

// The clock: only the command line reads it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "codec/result.h"

namespace cityid::cli {

/// Returns the present time, in whole seconds.
inline std::chrono::sys_seconds Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Returns the seconds since 1970, as records count them.
inline std::uint64_t Seconds(std::chrono::sys_seconds time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// Returns the time so many seconds after 1970, as records count them; the last that a clock can
/// count to instead of a later one.
inline std::chrono::sys_seconds TimeOf(std::uint64_t seconds) {
  seconds = std::min<std::uint64_t>(seconds, INT64_MAX / 2);
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

/// Parses a day as a person types it: "2026-11-22", not before 1970. Errors: kUsage.
Result<std::chrono::sys_days> ParseDay(const std::string& text);

}  // namespace cityid::cli

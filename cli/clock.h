// What time it is (the one place that asks), and times as the command line has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "codec/result.h"

namespace cityid::cli {

inline std::chrono::sys_seconds Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Seconds since 1970, as records count.
inline std::uint64_t Seconds(std::chrono::sys_seconds time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// "2026-11-22", from 1970 on. Errors: kUsage.
Result<std::chrono::sys_days> ParseDay(const std::string& text);

/// "2026-11-22T06:50:09Z", as `TimeText` writes it. Errors: kMalformed.
Result<std::chrono::sys_seconds> ParseTime(const std::string& text);

}  // namespace cityid::cli

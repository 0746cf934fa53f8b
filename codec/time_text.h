// Times as RFC 3339 writes them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cityid {

/// "2026-11-22T06:50:09Z"; times outside of the years 1970 to 9999 are moved to their ends.
std::string TimeText(std::chrono::sys_seconds time);

/// "2026-11-22".
std::string DateText(std::chrono::sys_days day);

/// A time of RFC 3339 in UTC, whole seconds: "2027-01-15T08:00:00Z" and nothing else.
std::optional<std::chrono::sys_seconds> ParseTime(std::string_view text);

}  // namespace cityid

// Times as text (RFC 3339), in UTC, and as seconds since 1970.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cityid {

/// Writes a time as "2026-11-22T06:50:09Z". A time before 1970 or after 9999 becomes the first or
/// last second of those years.
std::string TimeText(std::chrono::sys_seconds time);

/// Writes a day as "2026-11-22".
std::string DateText(std::chrono::sys_days day);

/// Parses a time like "2027-01-15T08:00:00Z". Returns nothing for any other form.
std::optional<std::chrono::sys_seconds> ParseTime(std::string_view text);

/// Parses any date-time of RFC 3339 (5.6): with fractions of a second, which are cut off, with an
/// offset from UTC, with a leap second, which is the one after it, and in lower case. A blank
/// before an offset counts as its plus sign, since that is what a plus sign in a query means.
std::optional<std::chrono::sys_seconds> ParseDateTime(std::string_view text);

/// Returns a time as seconds since 1970, as records have it.
inline std::uint64_t SecondsOf(std::chrono::sys_seconds time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// Returns the time that is so many seconds after 1970 began.
inline std::chrono::sys_seconds TimeOf(std::uint64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace cityid

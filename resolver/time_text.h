// Times as RFC 3339 writes them.
#pragma once

#include <chrono>
#include <string>

namespace cityid {

/// "2026-11-22T06:50:09Z"; times outside of the years 1970 to 9999 are moved to their ends.
std::string TimeText(std::chrono::sys_seconds time);

/// "2026-11-22".
std::string DateText(std::chrono::sys_days day);

}  // namespace cityid

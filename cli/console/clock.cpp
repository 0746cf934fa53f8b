#include "cli/console/clock.h"

#include "cli/console/command_line.h"
#include "codec/time_text.h"

namespace cityid::cli {

Result<std::chrono::sys_days> ParseDay(const std::string& text) {
  const auto midnight = ParseTime(text + "T00:00:00Z");
  if (midnight && *midnight >= std::chrono::sys_days())
    return std::chrono::floor<std::chrono::days>(*midnight);
  return Usage("'" + text + "' is not a date like 2026-11-22");
}

}  // namespace cityid::cli

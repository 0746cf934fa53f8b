#include "cli/clock.h"

#include <cstdio>

namespace cityid::cli {

Result<std::chrono::sys_days> ParseDay(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) == 3 &&
      static_cast<std::size_t>(used) == text.size() && year >= 1970) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (date.ok()) return std::chrono::sys_days(date);
  }
  return Error{Errc::kUsage, "'" + text + "' is not a date like 2026-11-22"};
}

}  // namespace cityid::cli

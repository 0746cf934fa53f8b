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

Result<std::chrono::sys_seconds> ParseTime(const std::string& text) {
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  int used = 0;
  const auto day = ParseDay(text.substr(0, 10));
  if (day && text.size() == 20 &&
      std::sscanf(text.c_str() + 10, "T%2u:%2u:%2uZ%n", &hour, &minute, &second, &used) == 3 &&
      used == 10 && hour < 24 && minute < 60 && second < 60) {
    return *day + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
  }
  return Error{Errc::kMalformed,
               "'" + text.substr(0, 40) + "' is not a time like 2026-11-22T06:50:09Z"};
}

}  // namespace cityid::cli

#include "resolver/time_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cityid {

std::string DateText(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()) % 10000,
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string TimeText(std::chrono::sys_seconds time) {
  // Whoever writes a record may write any number.
  constexpr std::chrono::sys_seconds kFirst{};
  constexpr std::chrono::sys_seconds kLast{std::chrono::seconds(253'402'300'799)};
  time = std::clamp(time, kFirst, kLast);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02dZ",
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return DateText(day) + text.data();
}

}  // namespace cityid

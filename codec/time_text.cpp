#include "codec/time_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "codec/text.h"

namespace cityid {

std::string DateText(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()) % 10000,
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string TimeText(std::chrono::sys_seconds time) {
  // A record may hold any number.
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

std::optional<std::chrono::sys_seconds> ParseTime(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    return static_cast<int>(*ParseDigits(text.substr(at, digits)));
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

std::optional<std::chrono::sys_seconds> ParseDateTime(std::string_view text) {
  constexpr std::size_t kSeconds = 17;  // where they stand
  constexpr std::size_t kWhole = 19;    // what stands before fraction and offset
  if (text.size() <= kWhole) return std::nullopt;
  std::string whole = std::string(text.substr(0, kWhole)) + "Z";
  if (whole[10] == 't' || whole[10] == ' ') whole[10] = 'T';
  const bool is_leap = whole.compare(kSeconds, 2, "60") == 0;
  if (is_leap) whole.replace(kSeconds, 2, "59");
  auto time = ParseTime(whole);
  text.remove_prefix(kWhole);
  if (text[0] == '.') {
    const std::size_t end = text.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end);
  }
  if (time && is_leap) *time += std::chrono::seconds(1);
  if (text == "Z" || text == "z") return time;
  if (!time || text.size() != 6 || text[3] != ':') return std::nullopt;
  const auto hours = ParseDigits(text.substr(1, 2));
  const auto minutes = ParseDigits(text.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  if (text[0] == '+' || text[0] == ' ') return *time - offset;
  return text[0] == '-' ? std::optional(*time + offset) : std::nullopt;
}

}  // namespace cityid

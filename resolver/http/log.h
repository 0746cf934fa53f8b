// What an operator reads on standard error: a line an event, as text or as JSON.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cityid {

enum class LogFormat { kText, kJson };

/// For the whole process; text until it is called. Text has no time: journals add theirs.
void SetLogFormat(LogFormat format);

using LogValue = std::variant<std::string_view, long long>;

/// Something that has happened, with what is known of it. Thread-safe; what is not printable is
/// escaped. Text: `cityid: message` and `name=value`; JSON: time, level, message, and the fields.
void LogInfo(std::string_view message,
             std::initializer_list<std::pair<std::string_view, LogValue>> fields = {});
/// Something that somebody should look after.
void LogError(std::string_view message,
              std::initializer_list<std::pair<std::string_view, LogValue>> fields = {});

}  // namespace cityid

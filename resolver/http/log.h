// The operator's log on standard error: one line an event, as text or as JSON
// (docs/operations.md 7).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cityid {

enum class LogFormat { kText, kJson };

/// Sets the format for the whole process; it is text before. Text has no time, since journals add
/// theirs. Thread-safe.
void SetLogFormat(LogFormat format);

using LogValue = std::variant<std::string_view, long long>;

/// Writes an event with its fields. As text: `cityid: message name=value`. As JSON: an object with
/// time, level, message and the fields. Control characters, and in values all characters that are
/// not ASCII, become '?'; in JSON those of the message, too. Thread-safe.
void LogInfo(std::string_view message,
             std::initializer_list<std::pair<std::string_view, LogValue>> fields = {});
/// Writes an event that the operator should look after.
void LogError(std::string_view message,
              std::initializer_list<std::pair<std::string_view, LogValue>> fields = {});

}  // namespace cityid

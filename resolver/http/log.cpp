#include "resolver/http/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "codec/text.h"

namespace cityid {
namespace {

using Fields = std::initializer_list<std::pair<std::string_view, LogValue>>;

std::atomic<LogFormat> format = LogFormat::kText;

spdlog::logger& Logger() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("cityid",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("cityid: %v");
    return made;
  }();
  return *logger;
}

/// Without control characters, so that a line stays a line. What a client sent may not even be
/// UTF-8: of that only ASCII is left.
std::string OneLine(std::string_view text, bool ascii) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    out += u < 0x20 || u == 0x7F || (ascii && u > 0x7F) ? '?' : c;
  }
  return out;
}

void Log(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  const bool json = format == LogFormat::kJson;
  std::string line = json ? "\"message\":\"" + JsonEscape(message) + '"' : OneLine(message, false);
  for (const auto& [name, value] : fields) {
    const auto* text = std::get_if<std::string_view>(&value);
    const std::string number = text ? "" : std::to_string(std::get<long long>(value));
    if (json) {
      line += ",\"" + std::string(name) + "\":";
      line += text ? '"' + JsonEscape(*text) + '"' : number;
    } else {
      line += ' ' + std::string(name) + '=' + (text ? OneLine(*text, true) : number);
    }
  }
  Logger().log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void SetLogFormat(LogFormat wanted) {
  format = wanted;
  Logger().set_pattern(wanted == LogFormat::kJson
                           ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                           : "cityid: %v",
                       spdlog::pattern_time_type::utc);
}

void LogInfo(std::string_view message, Fields fields) { Log(spdlog::level::info, message, fields); }
void LogError(std::string_view message, Fields fields) { Log(spdlog::level::err, message, fields); }

}  // namespace cityid

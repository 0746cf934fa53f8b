// The one place that asks what time it is.
#pragma once

#include <chrono>

namespace cityid::cli {

inline std::chrono::sys_seconds Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace cityid::cli

// Stops work that takes long when somebody asks this process to end.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace cityid::cli {

/// Turns SIGINT and SIGTERM into a request to stop, while it lives. The first process of a
/// container ignores them otherwise. Make it before the threads of the work.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::stop_source source);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  sigset_t before_;  // the signals that were blocked
  std::jthread waiter_;
};

}  // namespace cityid::cli

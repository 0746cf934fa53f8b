#include "cli/console/stop.h"

#include <pthread.h>

#include <ctime>
#include <utility>

namespace cityid::cli {

StopOnSignal::StopOnSignal(std::stop_source source) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, &before_);
  waiter_ =
      std::jthread([signals, source = std::move(source)](const std::stop_token& ended) mutable {
        constexpr timespec kTick{0, 50'000'000};
        // Once at least, so that a signal that came already is heard.
        do {
          if (sigtimedwait(&signals, nullptr, &kTick) <= 0) continue;
          source.request_stop();
          return;
        } while (!ended.stop_requested());
      });
}

StopOnSignal::~StopOnSignal() {
  waiter_.request_stop();
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace cityid::cli

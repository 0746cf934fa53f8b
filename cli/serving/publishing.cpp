#include "cli/serving/publishing.h"

#include <chrono>
#include <string>

#include "cli/console/clock.h"
#include "cli/console/terminal.h"
#include "resolver/http/log.h"

namespace cityid::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTryAgain{1};
constexpr std::chrono::minutes kConfirm{10};

}  // namespace

Publishing::Publishing(Registry& registry, bool has_quorum)
    : registry_(registry),
      has_quorum_(has_quorum),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

std::optional<Error> Publishing::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

Result<void> Publishing::Step(bool goes_on, const std::stop_token& stop) {
  // After trouble of any kind a quorum is asked, each second until it has cosigned.
  const bool confirms = !goes_on || steady_clock::now() - confirmed_at_ >= kConfirm;
  auto done = registry_.PublishPending(Now(), confirms, stop);
  if (done && confirms) confirmed_at_ = steady_clock::now();
  return done;
}

void Publishing::Run(const std::stop_token& stop) {
  bool begun = false;
  std::string last_trouble;
  while (!stop.stop_requested()) {
    const auto done = Step(begun && last_trouble.empty(), stop);
    begun |= done.ok();
    const std::string trouble = done ? "" : done.error().detail;
    if (!begun && (done.error().code == Errc::kUsage || done.error().code == Errc::kCorrupt)) {
      const std::scoped_lock lock(mutex_);
      failure_ = done.error();
      return;
    }
    if (trouble != last_trouble) {
      if (done)
        LogInfo(has_quorum_ ? "the ledger goes on: a quorum has cosigned" : "the ledger goes on");
      if (!done) LogError("waiting: " + Printable(trouble));
    }
    last_trouble = trouble;
    registry_.WaitForWork(stop, kTryAgain);
  }
}

}  // namespace cityid::cli

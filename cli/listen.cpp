#include "cli/listen.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "cli/clock.h"
#include "cli/terminal.h"
#include "resolver/routes.h"

namespace cityid::cli {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Result<ListenerOptions> ParseListen(const std::string& text) {
  const Error usage{Errc::kUsage, "'" + text + "' is not ADDRESS:PORT, such as 127.0.0.1:8080"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return usage;
  ListenerOptions options;
  options.address = text.substr(0, colon);
  if (options.address.size() > 2 && options.address.front() == '[' &&
      options.address.back() == ']') {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, options.port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return usage;
  return options;
}

std::string BaseUrl(const ListenerOptions& options, std::uint16_t port) {
  std::string host = options.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port);
}

void BlockSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Result<Serving> StartServing(const Replica& replica, Registry* registry,
                             const ListenerOptions& options, const std::string& snapshots) {
  constexpr unsigned kApplicationsPerMinute = 30;
  constexpr unsigned kWorkers = 32;  // records that wait for their batch at the same time
  Serving serving;
  serving.applications_rate = std::make_unique<RateLimit>(kApplicationsPerMinute);
  const Service service{
      &replica, [] { return Now(); }, AgeLimits{}, registry, serving.applications_rate.get(),
      snapshots};
  ListenerOptions with_workers = options;
  if (registry != nullptr) with_workers.workers = kWorkers;
  auto listener = Listener::Start(
      with_workers, [service](const Request& request) { return Dispatch(service, request); },
      BodyLimit);
  if (!listener) return listener.error();
  serving.listener = *std::move(listener);
  return serving;
}

void ServeUntilSignal(Registry* registry, bool confirmed) {
  constexpr std::chrono::seconds kConfirm{600};
  const sigset_t signals = StopSignals();
  const timespec second{1, 0};
  auto confirmed_at = std::chrono::steady_clock::now();
  std::string last_trouble;
  while (sigtimedwait(&signals, nullptr, &second) < 0) {
    if (errno != EAGAIN || registry == nullptr) continue;
    Result<void> done = registry->GoOn(Now());
    const auto now = std::chrono::steady_clock::now();
    if (done && (!confirmed || now - confirmed_at >= kConfirm)) {
      done = registry->Confirm(Now());
      confirmed = done.ok();
      confirmed_at = now;
    }
    const std::string trouble = done ? "" : done.error().detail;
    if (trouble != last_trouble) {
      std::fprintf(stderr, "cityid: %s\n",
                   done ? "the ledger goes on: a quorum has cosigned"
                        : ("waiting: " + Printable(trouble)).c_str());
    }
    last_trouble = trouble;
  }
}

}  // namespace cityid::cli

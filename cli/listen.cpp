#include "cli/listen.h"

#include <charconv>
#include <csignal>
#include <ctime>

#include "cli/clock.h"
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

void WaitForSignal(std::chrono::seconds period, const std::function<void()>& every) {
  const sigset_t signals = StopSignals();
  const timespec timeout{static_cast<std::time_t>(period.count()), 0};
  while (sigtimedwait(&signals, nullptr, &timeout) < 0) {
    if (errno == EAGAIN && every) every();
  }
}

Result<std::unique_ptr<Listener>> StartServing(const Replica& replica,
                                               const ListenerOptions& options) {
  const Service service{&replica, [] { return Now(); }, AgeLimits{}};
  return Listener::Start(
      options, [service](const Request& request) { return Dispatch(service, request); }, BodyLimit);
}

}  // namespace cityid::cli

#include "cli/listen.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
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

Result<Serving> StartServing(const Replica& replica, Registry* registry,
                             const ListenerOptions& options) {
  constexpr unsigned kApplicationsPerMinute = 30;
  Serving serving;
  serving.applications_rate = std::make_unique<RateLimit>(kApplicationsPerMinute);
  const Service service{&replica, [] { return Now(); }, AgeLimits{}, registry,
                        serving.applications_rate.get()};
  auto listener = Listener::Start(
      options, [service](const Request& request) { return Dispatch(service, request); }, BodyLimit);
  if (!listener) return listener.error();
  serving.listener = *std::move(listener);
  return serving;
}

void ServeUntilSignal(Replica* sequencer) {
  constexpr std::time_t kConfirmSeconds = 600;
  const sigset_t signals = StopSignals();
  const timespec timeout{kConfirmSeconds, 0};
  while (sigtimedwait(&signals, nullptr, &timeout) < 0) {
    if (errno != EAGAIN || sequencer == nullptr) continue;
    const auto confirmed = sequencer->Append({}, Now(), Refused::kLeftOut);
    if (!confirmed) std::fprintf(stderr, "cityid: %s\n", confirmed.error().detail.c_str());
  }
}

}  // namespace cityid::cli

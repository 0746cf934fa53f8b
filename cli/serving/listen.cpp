#include "cli/serving/listen.h"

#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "cli/console/clock.h"
#include "codec/files/own_program.h"
#include "resolver/http/log.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/routes.h"

namespace cityid::cli {
namespace {

sigset_t OurSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

/// Returns for how long a registry has been waiting; nothing for a resolver without one.
std::vector<MoreMetrics> WaitingOf(const Registry* registry, std::chrono::sys_seconds now) {
  if (registry == nullptr) return {};
  const auto waited = registry->waited();
  const auto seconds = waited ? std::max<std::int64_t>((now - waited->since).count(), 0) : 0;
  constexpr std::size_t kClients = 5;
  MoreMetrics clients{"cityid_inbox_unsupported_applications",
                      "Applications that nobody with a say has signed, of the clients with the "
                      "most; a client is a keyed hash that changes with each start.",
                      false, "client"};
  for (const auto& [client, count] : registry->FullestClients(kClients)) {
    char name[17];
    std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(client));
    clients.values.emplace_back(name, static_cast<double>(count));
  }
  return {{"cityid_registry_waiting_seconds",
           "For how long the registry has been waiting for a quorum; /readyz says for whom.",
           false,
           "",
           {{"", static_cast<double>(seconds)}}},
          std::move(clients)};
}

}  // namespace

void BlockSignals() {
  const sigset_t signals = OurSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A connection is an open file; the usual soft limit of 1024 is meant for programs with select().
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

Result<std::unique_ptr<PictureReaders>> StartReaders(unsigned count) {
  if (count == 0) return std::unique_ptr<PictureReaders>();
  const auto program = FindOwnProgram("cityid-reader");
  if (!program) {
    LogInfo("no pictures are read: " + program.error().detail);
    return std::unique_ptr<PictureReaders>();
  }
  return PictureReaders::Start(*program, static_cast<int>(count));
}

Result<std::unique_ptr<Serving>> StartServing(Service given, const ServingOptions& options) {
  // Nothing that they do waits for another machine.
  constexpr unsigned kWorkers = PictureDesk::kInside + 1;
  auto serving = std::make_unique<Serving>();
  Service& service = serving->service = std::move(given);
  service.now = [] { return Now(); };
  service.applications_rate = &serving->applications_rate;
  service.questions_rate = &serving->questions_rate;
  service.bundles_rate = &serving->bundles_rate;
  service.pictures_rate = &serving->pictures_rate;
  service.packs = &serving->packs;
  if (options.pictures != nullptr) service.pictures = &serving->pictures.emplace(*options.pictures);
  if (!options.web.empty()) {
    auto files = ScannerFiles::Read(options.web);
    if (!files) return files.error();
    service.scanner = &serving->scanner.emplace(*std::move(files));
  }
  serving->metrics = MakeMetrics(ResolverRouter());
  ListenerOptions listen = options.listen;
  listen.workers = kWorkers;
  auto listener = Listener::Start(
      listen, RespondWith(ResolverRouter(), service, serving->metrics.get(), options.responder),
      [service](const Request& head) { return ResolverRouter().TermsOf(service, head); });
  if (!listener) return listener.error();
  serving->listener = *std::move(listener);
  return serving;
}

Result<std::unique_ptr<Operations>> StartOperations(const std::string& address, Operated operated,
                                                    std::vector<OperationsRoute> routes) {
  if (address.empty()) return std::unique_ptr<Operations>();
  const auto dispatch = [operated](const Request& request) {
    return operated.router.Handle(operated.service, request).response;
  };
  const auto metrics = [operated](const Request&) {
    const Service& service = operated.service;
    return Response{
        200,
        {{"Content-Type", Metrics::kType}, {"Cache-Control", "no-store"}},
        operated.metrics.Text(*service.replica, service.age, operated.listener.counters(),
                              service.now(), operated.more())};
  };
  routes.insert(routes.begin(),
                {{"/metrics", metrics}, {"/healthz", dispatch}, {"/readyz", dispatch}});
  return Operations::Start(address, std::move(routes));
}

Result<std::unique_ptr<Operations>> StartOperations(const std::string& address,
                                                    const Serving& serving) {
  Registry* const registry = serving.service.registry;
  std::vector<OperationsRoute> routes;
  if (registry != nullptr) {
    const auto drop = [registry](const Request& request) {
      return DropApplications(*registry, request);
    };
    routes.push_back({"/inbox", drop, "DELETE"});
  }
  return StartOperations(address,
                         {ResolverRouter(), serving.service, *serving.listener, *serving.metrics,
                          [registry] { return WaitingOf(registry, Now()); }},
                         std::move(routes));
}

void ServeUntilSignal(const Watch& watch) {
  const sigset_t signals = OurSignals();
  const timespec second{1, 0};
  ::sd_notify(0, "READY=1");
  do {
    ::sd_notify(0, "WATCHDOG=1");
    const int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal == SIGHUP && watch.reload) {
      ::sd_notify(0, "RELOADING=1");
      watch.reload();
      ::sd_notify(0, "READY=1");
    } else if (signal > 0) {
      break;
    }
  } while (!watch.goes_on || watch.goes_on());
  ::sd_notify(0, "STOPPING=1");
}

}  // namespace cityid::cli

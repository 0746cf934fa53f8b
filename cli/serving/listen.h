// Runs the servers of the command line: starts them on this machine's clock, and waits for signals.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/consortium/registry.h"
#include "ledger/store/replica.h"
#include "resolver/http/listener.h"
#include "resolver/proving/pack.h"
#include "resolver/routes/picture_routes.h"
#include "resolver/routes/scanner_files.h"
#include "resolver/routing/router.h"
#include "resolver/serve/metrics.h"
#include "resolver/serve/operations.h"
#include "resolver/serve/responder.h"

namespace cityid::cli {

/// Prepares this process for `ServeUntilSignal`: blocks SIGINT, SIGTERM and SIGHUP in this thread
/// and in every thread that it starts later, and raises the soft limit of open files to the hard
/// one. Call it before any thread is started.
void BlockSignals();

/// A listener that answers from the route table, and what its handlers work on.
struct Serving {
  Service service;  ///< points to what follows, and to what it was given
  RateLimit applications_rate, questions_rate, bundles_rate, pictures_rate;
  PackCache packs;
  std::optional<PictureDesk> pictures;        ///< nothing: no pictures are read
  std::optional<const ScannerFiles> scanner;  ///< nothing: none
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<Listener> listener;  ///< destroyed first: it uses the others
};

/// How something is served.
struct ServingOptions {
  std::string web = {};                ///< directory with the scanner's program; empty: none
  PictureReaders* pictures = nullptr;  ///< outlive `Serving`; null: no pictures are read
  ResponderOptions responder = {};
  ListenerOptions listen = {};
};

/// Starts so many processes that read pictures. Returns null for none; also, with a word in the
/// log, if the program that they run isn't installed. Call it before any thread is started. Errors:
/// kIo.
Result<std::unique_ptr<PictureReaders>> StartReaders(unsigned count);

/// Starts a listener over the route table. `service`: what only the caller knows, and what outlives
/// `Serving`: replica, registry, snapshots, ages and notices. Errors: those of `ScannerFiles::Read`
/// and of `Listener::Start`.
Result<std::unique_ptr<Serving>> StartServing(Service service, const ServingOptions& options);

/// What the operations plane of a server tells. Everything outlives the plane.
struct Operated {
  const Router& router;  ///< of /healthz and /readyz
  const Service& service;
  const Listener& listener;
  const Metrics& metrics;
  std::function<std::vector<MoreMetrics>()> more;
};

/// Starts the operations plane on `address`: /metrics, /healthz, /readyz, and `routes`. Returns
/// null without an address. Errors: those of `Operations::Start`.
Result<std::unique_ptr<Operations>> StartOperations(const std::string& address, Operated operated,
                                                    std::vector<OperationsRoute> routes = {});

/// The same for what `serving` serves.
Result<std::unique_ptr<Operations>> StartOperations(const std::string& address,
                                                    const Serving& serving);

/// What `ServeUntilSignal` does while it waits.
struct Watch {
  std::function<void()> reload = {};   ///< called on SIGHUP; empty: SIGHUP ends the process
  std::function<bool()> goes_on = {};  ///< called every second; false ends the wait
};

/// Waits until a signal tells this process to stop, or it doesn't go on. Tells systemd that the
/// service is ready, alive, reloading and stopping.
void ServeUntilSignal(const Watch& watch);

}  // namespace cityid::cli

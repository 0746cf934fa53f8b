// Runs the servers of the command line: starts them on this machine's clock, and waits for signals.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "codec/result.h"
#include "ledger/consortium/registry.h"
#include "ledger/store/replica.h"
#include "resolver/http/listener.h"
#include "resolver/proving/pack.h"
#include "resolver/routes/picture_routes.h"
#include "resolver/routes/scanner_files.h"
#include "resolver/serve/metrics.h"
#include "resolver/serve/operations.h"
#include "resolver/serve/responder.h"

namespace cityid::cli {

/// Prepares this process for `ServeUntilSignal`: blocks SIGINT, SIGTERM and SIGHUP in this thread
/// and in every thread that it starts later, and raises the soft limit of open files to the hard
/// one. Call it before any thread is started.
void BlockSignals();

/// A listener that answers from the route table, and the objects that it uses.
struct Serving {
  std::unique_ptr<RateLimit> applications_rate;
  std::unique_ptr<RateLimit> questions_rate;
  std::unique_ptr<RateLimit> bundles_rate;
  std::unique_ptr<RateLimit> pictures_rate;
  std::unique_ptr<PictureDesk> pictures;  ///< null: no pictures are read
  std::unique_ptr<PackCache> packs;
  std::unique_ptr<const ScannerFiles> scanner;  ///< null: none
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<Listener> listener;  ///< destroyed first: it uses the others
};

/// What is served, and how. The pointers must outlive `Serving`.
struct ServingParts {
  const Replica* replica;
  Registry* registry = nullptr;        ///< null: applications are not taken
  std::string snapshots = {};          ///< directory of snapshots to hand out; empty: none
  std::string web = {};                ///< directory with the scanner's program; empty: none
  PictureReaders* pictures = nullptr;  ///< null: no pictures are read
  AgeLimits age = {};
  std::chrono::seconds keep{60};  ///< the longest that caches may keep an answer
  ResponderOptions responder = {};
  Notices notices = {};
};

/// Starts so many processes that read pictures. Returns null for none; also, with a word in the
/// log, if the program that they run isn't installed. Call it before any thread is started. Errors:
/// kIo.
Result<std::unique_ptr<PictureReaders>> StartReaders(unsigned count);

/// Starts a listener over the route table. Errors: those of `ScannerFiles::Read` and of
/// `Listener::Start`.
Result<Serving> StartServing(const ServingParts& parts, ListenerOptions options);

/// Starts the operations plane on `address`: /metrics, /healthz and /readyz of what `serving`
/// serves, which must outlive it. Errors: those of `Operations::Start`.
Result<std::unique_ptr<Operations>> StartOperations(const ServingParts& parts,
                                                    const Serving& serving,
                                                    const std::string& address);

/// What `ServeUntilSignal` does while it waits.
struct Watch {
  std::function<void()> reload = {};   ///< called on SIGHUP; empty: SIGHUP ends the process
  std::function<bool()> goes_on = {};  ///< called every second; false ends the wait
};

/// Waits until a signal tells this process to stop, or it doesn't go on. Tells systemd that the
/// service is ready, alive, reloading and stopping.
void ServeUntilSignal(const Watch& watch);

}  // namespace cityid::cli

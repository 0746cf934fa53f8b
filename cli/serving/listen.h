// Serving from the command line: addresses, signals, and what runs until one comes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "codec/result.h"
#include "ledger/consortium/registry.h"
#include "ledger/store/replica.h"
#include "resolver/http/listener.h"
#include "resolver/serve/metrics.h"
#include "resolver/serve/responder.h"

namespace cityid::cli {

/// Blocks SIGINT, SIGTERM and SIGHUP for every thread made from now on, so that
/// `ServeUntilSignal` gets them; lets this process have as many files open as it may.
void BlockSignals();

/// A listener over the route table, on this machine's clock, and what it needs.
struct Serving {
  std::unique_ptr<RateLimit> applications_rate;
  std::unique_ptr<RateLimit> questions_rate;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<Listener> listener;  ///< ends before what it uses
};

/// What of a service is not the listener's.
struct ServingParts {
  const Replica* replica;        ///< outlives it
  Registry* registry = nullptr;  ///< may be null; outlives it
  std::string snapshots = {};    ///< a directory to hand out, or empty
  AgeLimits age = {};
  std::chrono::seconds keep{60};
  ResponderOptions responder = {};
};
Result<Serving> StartServing(const ServingParts& parts, ListenerOptions options);

/// For operators: /metrics, /healthz and /readyz of what `serving` serves, which outlives it.
Result<std::unique_ptr<Listener>> StartMetrics(const ServingParts& parts, const Serving& serving,
                                               const ListenAddress& address);

/// What to do while a server runs.
struct Watch {
  /// If this process sequences, it goes on with what waits every second, and confirms the ledger
  /// every ten minutes. May be null.
  Registry* registry = nullptr;
  bool confirmed = true;  ///< false: a first confirmation failed, and is tried again each second
  std::function<void()> reload = {};  ///< on SIGHUP, which else ends it
};

/// Returns when a signal to stop came; tells systemd how it goes.
void ServeUntilSignal(const Watch& watch);

}  // namespace cityid::cli

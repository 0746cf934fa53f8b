// Serving from the command line: addresses, signals, and what runs until one comes.
#pragma once

#include <memory>
#include <string>

#include "codec/result.h"
#include "ledger/registry.h"
#include "ledger/replica.h"
#include "resolver/http/listener.h"
#include "resolver/http/rate_limit.h"

namespace cityid::cli {

/// "127.0.0.1:8080", "[::1]:8080". Errors: kUsage.
Result<ListenerOptions> ParseListen(const std::string& text);

/// "http://127.0.0.1:8080" for what a listener was told and the port it got.
std::string BaseUrl(const ListenerOptions& options, std::uint16_t port);

/// Blocks SIGINT and SIGTERM for every thread made from now on, so that
/// `ServeUntilSignal` gets them.
void BlockSignals();

/// A listener over the route table, on this machine's clock, and what it needs.
struct Serving {
  std::unique_ptr<RateLimit> applications_rate;
  std::unique_ptr<Listener> listener;  ///< ends first
};

/// `replica` and `registry`, which may be null, must outlive it.
Result<Serving> StartServing(const Replica& replica, Registry* registry,
                             const ListenerOptions& options);

/// Returns when a signal came. If this process sequences (`sequencer` is not null), it confirms the
/// ledger every ten minutes meanwhile.
void ServeUntilSignal(Replica* sequencer);

}  // namespace cityid::cli

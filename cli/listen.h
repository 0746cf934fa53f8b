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
/// `snapshots`: a directory to hand out, or empty.
Result<Serving> StartServing(const Replica& replica, Registry* registry,
                             const ListenerOptions& options, const std::string& snapshots = {});

/// Returns when a signal came. If this process sequences (`registry` is not null), it goes on
/// with what waits every second, and confirms the ledger every ten minutes meanwhile.
/// A confirmation that failed, `confirmed` false for the first one, is tried again each second.
void ServeUntilSignal(Registry* registry, bool confirmed = true);

}  // namespace cityid::cli

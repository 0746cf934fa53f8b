// Serving from the command line: addresses, signals, and what runs until one comes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "codec/result.h"
#include "ledger/replica.h"
#include "resolver/http/listener.h"

namespace cityid::cli {

/// "127.0.0.1:8080", "[::1]:8080". Errors: kUsage.
Result<ListenerOptions> ParseListen(const std::string& text);

/// "http://127.0.0.1:8080" for what a listener was told and the port it got.
std::string BaseUrl(const ListenerOptions& options, std::uint16_t port);

/// Blocks SIGINT and SIGTERM for every thread made from now on, so that `WaitForSignal` gets them.
void BlockSignals();

/// Returns when SIGINT or SIGTERM came; calls `every` each `period` meanwhile, if there is one.
void WaitForSignal(std::chrono::seconds period = std::chrono::hours(24),
                   const std::function<void()>& every = nullptr);

/// A listener over the route table, on this machine's clock. `replica` must outlive it.
Result<std::unique_ptr<Listener>> StartServing(const Replica& replica,
                                               const ListenerOptions& options);

}  // namespace cityid::cli

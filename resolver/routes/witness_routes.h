// What a witness answers over HTTP (C2SP tlog-witness).
#pragma once

#include <chrono>
#include <functional>

#include "ledger/consortium/witness.h"
#include "ledger/store/replica.h"
#include "resolver/http/message.h"

namespace cityid {

/// The pointers are not owned; `now` may be called from any thread.
struct WitnessService {
  Witness* witness;
  const Replica* replica;
  std::function<std::chrono::sys_seconds()> now;
};

/// POST /add-checkpoint; GET /<hash of the origin>/checkpoint, /healthz, /readyz. May wait, so
/// POSTs belong on workers. Thread-safe.
Response DispatchWitness(const WitnessService& service, const Request& request);

/// The most that a request to cosign can take.
inline constexpr std::size_t kMaxCosignRequest = 32 * 1024;

}  // namespace cityid

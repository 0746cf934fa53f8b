// A router behind a loop of the listener: with a cache of answers, and counted.
#pragma once

#include <memory>
#include <string>

#include "resolver/http/listener.h"
#include "resolver/routing/router.h"
#include "resolver/serve/answer_cache.h"
#include "resolver/serve/metrics.h"

namespace cityid {

struct ResponderOptions {
  std::size_t cache = std::size_t{64} << 20;  ///< bytes for each loop; 0: nothing is kept
  bool log_requests = false;
  bool log_addresses = false;  ///< log the clients' addresses, too
};

/// Answers the requests of one loop: on the loop itself one after another, on workers at any time.
class Responder {
 public:
  /// `metrics` may be null. `router` and both pointers outlive this.
  Responder(const Router& router, Service service, LoopMetrics* metrics,
            const ResponderOptions& options = {})
      : router_(router),
        service_(std::move(service)),
        metrics_(metrics),
        options_(options),
        cache_(options.cache),
        cached_service_(service_) {
    if (options.cache > 0) cached_service_.subjects = &subjects_;
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  /// Answers on a loop what is kept, and what costs no more than a turn of a loop may; returns null
  /// for the rest (`BelongsOnWorker`).
  SharedReply Answer(const Request& request, Thread thread);

 private:
  /// Answers on the loop, with what is kept. `reply` is null if it belongs on a worker.
  Answered Find(const Call& call);
  /// Writes the key under which the answer to a call is kept into `key_`: path and representation.
  /// Empty for a call whose answer is not kept.
  void MakeKey(const Call& call);
  /// `sent`: the target as the client sent it, for the log.
  SharedReply Answer(const Request& request, std::string_view sent, Thread thread);
  void Log(const Request& request, std::string_view sent, const Reply& reply,
           std::chrono::nanoseconds duration) const;

  const Router& router_;
  const Service service_;
  LoopMetrics* const metrics_;
  const ResponderOptions options_;
  AnswerCache cache_;
  SubjectCache subjects_;
  Service cached_service_;  ///< for the loop
  std::string key_;         ///< a member so that its memory is used again
};

/// Returns counters whose labels are the rows of the router's table and of the verdict table.
std::unique_ptr<Metrics> MakeMetrics(const Router& router);

/// Makes a responder for each loop.
HandlerFactory RespondWith(const Router& router, const Service& service, Metrics* metrics,
                           const ResponderOptions& options = {});

}  // namespace cityid

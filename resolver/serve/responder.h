// The route table behind a listener's loop: with a cache of answers, and counted.
#pragma once

#include <memory>
#include <string>

#include "resolver/http/listener.h"
#include "resolver/routes/routes.h"
#include "resolver/serve/answer_cache.h"
#include "resolver/serve/metrics.h"

namespace cityid {

struct ResponderOptions {
  std::size_t cache = std::size_t{64} << 20;  ///< bytes a loop; 0: none
  bool log_requests = false;
  bool log_addresses = false;  ///< with their clients' addresses
};

/// What a loop answers with. GET and HEAD come one after another; POST may come at any time.
class Responder {
 public:
  /// `metrics` may be null; both pointers outlive this.
  Responder(Service service, LoopMetrics* metrics, const ResponderOptions& options = {})
      : service_(std::move(service)),
        metrics_(metrics),
        options_(options),
        cache_(options.cache),
        cached_service_(service_) {
    if (options.cache > 0) cached_service_.subjects = &subjects_;
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  SharedReply Answer(const Request& request);

 private:
  SharedReply Find(const Request& request);
  /// The key under which an answer to this request is kept: path and representation. Empty if it
  /// is not kept.
  void MakeKey(const Request& request);
  void Log(const Request& request, const Reply& reply, std::chrono::nanoseconds duration) const;

  const Service service_;
  LoopMetrics* const metrics_;
  const ResponderOptions options_;
  AnswerCache cache_;
  SubjectCache subjects_;
  Service cached_service_;  ///< for requests that come one after another
  std::string key_;         ///< its memory is used again
};

/// A responder for each loop.
HandlerFactory RespondWith(const Service& service, Metrics* metrics,
                           const ResponderOptions& options = {});

}  // namespace cityid

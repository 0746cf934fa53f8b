#include "resolver/serve/responder.h"

#include "resolver/http/log.h"
#include "resolver/show/represent.h"

namespace cityid {

void Responder::MakeKey(const Request& request) {
  key_.clear();
  const std::string_view query = request.query();
  if (!query.empty() && (!query.starts_with("lang=") || query.find('&') != std::string_view::npos))
    return;
  const auto shown = Negotiate(request, true);
  if (!shown) return;
  // No path has a blank.
  key_.assign(request.path());
  key_ += ' ';
  key_ += static_cast<char>('0' + shown->representation);
  key_ += static_cast<char>('0' + static_cast<int>(shown->context.language));
  key_ += shown->context.host;
}

SharedReply Responder::Find(const Request& request) {
  if (request.method == "POST") return Prepare(Dispatch(service_, request));
  const bool keeps = request.method == "GET" || request.method == "HEAD";
  if (keeps) MakeKey(request);
  if (!keeps || key_.empty())
    return Revalidate(Prepare(Dispatch(cached_service_, request)), request.list("if-none-match"));
  SharedReply reply = cache_.Find(key_, service_.replica->Version(), service_.now());
  const bool hit = reply != nullptr;
  if (!hit) {
    Response response = Dispatch(cached_service_, request);
    const bool cacheable = response.cacheable;
    // A head shows in `Version` a moment before it is read.
    const std::uint64_t version = response.version;
    reply = Prepare(std::move(response));
    if (cacheable) cache_.Offer(key_, version, reply);
  }
  if (metrics_ != nullptr && (hit || reply->outcome > 0)) metrics_->CountCache(hit);
  return Revalidate(reply, request.list("if-none-match"));
}

SharedReply Responder::Answer(const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  SharedReply reply = Find(request);
  const auto duration = std::chrono::steady_clock::now() - start;
  if (metrics_ != nullptr) metrics_->Count(reply->route, reply->status, reply->outcome, duration);
  if (options_.log_requests) Log(request, *reply, duration);
  return reply;
}

void Responder::Log(const Request& request, const Reply& reply,
                    std::chrono::nanoseconds duration) const {
  const long long microseconds = duration / std::chrono::microseconds(1);
  if (options_.log_addresses) {
    LogInfo("request", {{"method", request.method},
                        {"target", request.target},
                        {"status", reply.status},
                        {"microseconds", microseconds},
                        {"address", request.peer}});
  } else {
    LogInfo("request", {{"method", request.method},
                        {"target", request.target},
                        {"status", reply.status},
                        {"microseconds", microseconds}});
  }
}

HandlerFactory RespondWith(const Service& service, Metrics* metrics,
                           const ResponderOptions& options) {
  return [service, metrics, options]() -> Handler {
    LoopMetrics* const counters = metrics == nullptr ? nullptr : metrics->AddLoop();
    const auto responder = std::make_shared<Responder>(service, counters, options);
    return [responder](const Request& request) { return responder->Answer(request); };
  };
}

}  // namespace cityid

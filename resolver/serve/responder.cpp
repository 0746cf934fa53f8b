#include "resolver/serve/responder.h"

#include <cstdint>
#include <span>

#include "resolver/http/log.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

/// Returns the position of a row in its table, which `MakeMetrics` labels; past every end for null.
template <class T>
std::size_t PositionOf(const T* row, std::span<const T> table) {
  return row == nullptr ? SIZE_MAX : static_cast<std::size_t>(row - table.data());
}

}  // namespace

void Responder::MakeKey(const Call& call) {
  key_.clear();
  if (!call.shown) return;
  const std::string_view query = call.request.query();
  if (!query.empty() && (!query.starts_with("lang=") || query.find('&') != std::string_view::npos))
    return;
  // A path never contains a blank.
  key_.assign(call.request.path());
  key_ += ' ';
  key_ += static_cast<char>('0' + (call.shown->representation - RepresentationTable().data()));
  key_ += call.shown->context.priority.key();
  key_ += call.shown->context.host;
}

Answered Responder::Find(const Call& call) {
  if (BelongsOnWorker(call)) return {};
  MakeKey(call);
  Answered found;
  if (!key_.empty()) found = cache_.Find(key_, service_.replica->Version(), service_.now());
  const bool hit = found.reply != nullptr;
  if (!hit) {
    Handled handled = router_.Run(call);
    found = {Prepare(std::move(handled.response)), handled.verdict};
    // The version is that of the view: a new head shows in `Version` a moment before it is read.
    if (handled.kept_for && !key_.empty()) cache_.Offer(key_, *handled.kept_for, found);
  }
  if (metrics_ != nullptr && (hit || found.verdict)) metrics_->CountCache(hit);
  return found;
}

SharedReply Responder::Answer(const Request& request, Thread thread) {
  const auto target = WithPlainIdentifier(request.target);
  if (!target) return Answer(request, request.target, thread);
  Request plain = request;
  plain.target = *target;
  return Answer(plain, request.target, thread);
}

SharedReply Responder::Answer(const Request& request, std::string_view sent, Thread thread) {
  const auto start = std::chrono::steady_clock::now();
  const Call call = router_.Match(thread == Thread::kLoop ? cached_service_ : service_, request);
  Answered answered;
  if (thread == Thread::kLoop) {
    answered = Find(call);
    if (answered.reply == nullptr) return nullptr;
  } else {
    Handled handled = router_.Run(call);
    answered = {Prepare(std::move(handled.response)), handled.verdict};
  }
  if (request.method == "GET" || request.method == "HEAD")
    answered.reply = Revalidate(answered.reply, request);
  const auto duration = std::chrono::steady_clock::now() - start;
  if (metrics_ != nullptr) {
    const VerdictRow* const verdict = answered.verdict ? &Row(*answered.verdict) : nullptr;
    metrics_->Count(PositionOf(call.route, router_.table()), answered.reply->status,
                    PositionOf(verdict, VerdictTable()), duration);
  }
  if (options_.log_requests) Log(request, sent, *answered.reply, duration);
  return answered.reply;
}

void Responder::Log(const Request& request, std::string_view sent, const Reply& reply,
                    std::chrono::nanoseconds duration) const {
  const long long microseconds = duration / std::chrono::microseconds(1);
  if (options_.log_addresses) {
    LogInfo("request", {{"method", request.method},
                        {"target", sent},
                        {"status", reply.status},
                        {"microseconds", microseconds},
                        {"address", request.peer}});
  } else {
    LogInfo("request", {{"method", request.method},
                        {"target", sent},
                        {"status", reply.status},
                        {"microseconds", microseconds}});
  }
}

std::unique_ptr<Metrics> MakeMetrics(const Router& router) {
  std::vector<RouteLabel> routes;
  for (const Route& route : router.table()) routes.push_back({route.method, route.pattern});
  std::vector<std::string_view> outcomes;
  for (const VerdictRow& row : VerdictTable()) outcomes.push_back(row.name);
  return std::make_unique<Metrics>(routes, outcomes);
}

HandlerFactory RespondWith(const Router& router, const Service& service, Metrics* metrics,
                           const ResponderOptions& options) {
  return [&router, service, metrics, options]() -> Handler {
    LoopMetrics* const counters = metrics == nullptr ? nullptr : metrics->AddLoop();
    const auto responder = std::make_shared<Responder>(router, service, counters, options);
    return [responder](const Request& request, Thread thread) {
      return responder->Answer(request, thread);
    };
  };
}

}  // namespace cityid

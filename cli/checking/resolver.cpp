#include "cli/checking/resolver.h"

#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "resolver/http/peer_url.h"
#include "resolver/routes/routes.h"

namespace cityid::cli {

Result<Resolver> Resolver::At(const std::string& url) {
  const auto peer = PeerUrl::Parse(url);
  if (!peer) return peer.error().In("--resolver");
  return Resolver(peer->text());
}

Result<Resolver> Resolver::OfLedger(const std::string& directory) {
  auto replica = Replica::Open(directory, Replica::Mode::kRead);
  if (!replica) return replica.error();
  Resolver resolver(directory);
  resolver.replica_ = std::make_shared<const Replica>(*std::move(replica));
  return resolver;
}

Result<Fetched> Resolver::Get(const std::string& target) const {
  if (!replica_) return Fetch(name_, target, "application/json");
  Service service;
  service.replica = replica_.get();
  service.now = [] { return Now(); };
  Request request;
  request.method = "GET";
  request.target = target;
  request.headers = {{"Accept", "application/json"}};
  const Call call = ResolverRouter().Match(service, request);
  HandlerResult result =
      call.route == nullptr ? Failure{404, "nothing is at " + target} : call.route->handle(call);
  // The handler's own error says more than what a client is told of it.
  if (const auto* error = std::get_if<Error>(&result)) return *error;
  Fetched fetched;
  if (const auto* failure = std::get_if<Failure>(&result))
    result = Problem(failure->status, failure->detail, failure->type);
  Response& response = std::get<Handled>(result).response;
  fetched.status = response.status;
  fetched.body = std::move(response.body);
  return fetched;
}

Error Resolver::Refusal(const Fetched& fetched) const {
  const RemoteJson problem = RemoteJson::Parse(fetched.body);
  const RemoteJson& detail = problem["detail"];
  const std::string type = problem["type"].Plain();
  if (type == "/problems/unknown-id" || type == "/problems/unknown-alias")
    return Error{Errc::kRefused, detail.Plain()};
  if (!detail.IsText() || fetched.status == 404) return NoResolver(fetched);
  return Error{Errc::kNetwork,
               name_ + " answered " + std::to_string(fetched.status) + ": " + detail.Plain()};
}

Error Resolver::NoResolver(const Fetched& fetched) const {
  return Error{Errc::kNetwork, name_ + " answered " + std::to_string(fetched.status) +
                                   ", but not as a resolver does"};
}

void ResolverOptions::Declare(Command& command) {
  command.Option("--ledger", &ledger, "Ask the ledger in this directory");
  command.Option("--resolver", &resolver, "Ask this resolver, e.g. https://id.example.cn");
  command.Option("--trust", &trust, "Trust file: check what the resolver says against it");
  command.Option("--state", &state, "Keep the newest head seen here; nothing older is believed");
  command.Option("--json", &json, "For programs");
}

Result<Resolver> ResolverOptions::Open() const {
  if (ledger.empty() == resolver.empty() || (!trust.empty() && resolver.empty()))
    return Usage("give --ledger DIR, or --resolver URL [--trust FILE]");
  if (trust.empty() && !state.empty())
    return Usage("--state keeps what --trust FILE has checked; give both");
  return ledger.empty() ? Resolver::At(resolver) : Resolver::OfLedger(ledger);
}

Result<std::optional<Checker>> ResolverOptions::OpenChecker() const {
  if (trust.empty()) return std::optional<Checker>();
  auto checker = Checker::Open(trust, state);
  if (!checker) return NoEvidence(checker.error());
  return std::optional(*std::move(checker));
}

Error ResolverOptions::Unproven(const Error& error) const {
  if (error.code != Errc::kRefused || resolver.empty()) return error;
  if (trust.empty())
    return Error{error.code, error.detail + " (" + resolver + " says so; nothing was checked)"};
  return Error{Errc::kNetwork, resolver + " says: " + error.detail + "; nothing proves it"};
}

void ResolverOptions::SayUnchecked() const {
  if (!ledger.empty() || !trust.empty()) return;
  Say("cityid: nothing was checked, " + Printable(resolver) + " says so; --trust FILE checks it");
}

}  // namespace cityid::cli

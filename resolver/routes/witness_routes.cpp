#include "resolver/routes/witness_routes.h"

namespace cityid {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";

Response TextReply(int status, std::string body, const char* type = kText) {
  return {status, {{"Content-Type", type}, {"Cache-Control", "no-store"}}, std::move(body)};
}

/// What was found against the log, for whoever watches the witness.
Response GetReady(const WitnessService& service) {
  const auto view = service.replica->Read();
  if (!view) return TextReply(503, "the ledger can't be read\n");
  const auto evidence = view->FindEvidence();
  if (!evidence) return TextReply(503, "the ledger can't be read\n");
  if (*evidence) return TextReply(503, "evidence against the log: " + (*evidence)->reason + "\n");
  return TextReply(200, "ready at " + std::to_string(view->head().size.value) + " entries\n");
}

/// The newest note of the log that this witness has replayed.
Response GetNote(const WitnessService& service, std::string_view origin_hash) {
  const auto view = service.replica->Read();
  if (!view) return Problem(503, "the ledger can't be read");
  const auto policy = FindPolicy(*view);
  if (!policy) return Problem(503, "the ledger can't be read");
  if (!*policy || Hex(Sha256(AsBytes((*policy)->origin))) != origin_hash)
    return Problem(404, "this witness does not know that log");
  const auto note = view->Note(view->head().size);
  if (!note) return Problem(503, "the ledger can't be read");
  if (!*note) return Problem(404, "nothing was cosigned yet");
  return TextReply(200, **note);
}

}  // namespace

Response DispatchWitness(const WitnessService& service, const Request& request) {
  const std::string_view path = request.path();
  if (path == "/add-checkpoint") {
    if (request.method != "POST") {
      Response response = Problem(405, "a checkpoint is handed in with POST");
      response.headers.Add("Allow", "POST");
      return response;
    }
    WitnessReply reply = service.witness->AddCheckpoint(request.body, service.now());
    return TextReply(reply.status, std::move(reply.body),
                     reply.status == 409 ? "text/x.tlog.size" : kText);
  }
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = Problem(405, "this resource has no such method");
    response.headers.Add("Allow", "GET, HEAD");
    return response;
  }
  if (path == "/healthz") return TextReply(200, "ok\n");
  if (path == "/readyz") return GetReady(service);
  constexpr std::string_view kSuffix = "/checkpoint";
  if (path.size() > kSuffix.size() && path.ends_with(kSuffix))
    return GetNote(service, path.substr(1, path.size() - kSuffix.size() - 1));
  return Problem(404, "a witness answers /add-checkpoint");
}

}  // namespace cityid

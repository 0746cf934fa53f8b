// The route table of a witness (C2SP tlog-witness).
#include "ledger/store/replica.h"
#include "ledger/witness/witness.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/routes.h"

namespace cityid {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";

Response TextReply(int status, std::string body, const char* type = kText) {
  return {status, {{"Content-Type", type}, {"Cache-Control", "no-store"}}, std::move(body)};
}

HandlerResult PostCheckpoint(const Call& call) {
  WitnessReply reply = call.service.witness->AddCheckpoint(call.request.body, call.service.now());
  return TextReply(reply.status, std::move(reply.body),
                   reply.status == 409 ? "text/x.tlog.size" : kText);
}

/// Says what was found against the log, to whoever watches the witness.
HandlerResult GetWitnessReady(const Call& call) {
  const auto view = call.service.replica->Read();
  if (!view) return TextReply(503, "the ledger can't be read\n");
  const auto evidence = view->FindEvidence();
  if (!evidence) return TextReply(503, "the ledger can't be read\n");
  if (*evidence) return TextReply(503, "evidence against the log: " + (*evidence)->reason + "\n");
  return TextReply(200, "ready at " + std::to_string(view->head().size.value) + " entries\n");
}

/// Gives the newest checkpoint with this witness's own cosignature.
HandlerResult GetCosignedCheckpoint(const Call& call) {
  const auto note = call.service.witness->NewestCosigned();
  if (!note) return note.error();
  if (!*note) return Failure{404, "nothing was cosigned yet"};
  return NewestText(**note);
}

/// Gives what this witness has promised after a fork, and by which release it left a tree.
HandlerResult GetRelease(const Call& call) {
  std::string text = call.service.witness->Release();
  if (text.empty()) return Failure{404, "nothing was given up"};
  return TextReply(200, std::move(text));
}

/// Calls a handler with the path below the first segment, which must name the witness's log: the
/// SHA-256 of its origin in hexadecimal.
template <HandlerResult (*handle)(const Call&)>
HandlerResult OfLog(const Call& call) {
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy || Hex(Sha256(AsBytes((*policy)->origin))) != call.path[0])
    return Failure{404, "this witness does not know that log"};
  Call below = call;
  below.path = call.path.rest();
  return handle(below);
}

// clang-format off
constexpr Route kTable[] = {
    {"POST", "/add-checkpoint", PostCheckpoint, Gives::kFixed,
     {.summary = "Cosigns a checkpoint", .gives = "text/plain",
      .statuses = "400 403 404 409 422 503"}, kMaxCosignRequest, false},
    {"GET", "/healthz", GetHealth, Gives::kFixed,
     {.summary = "Whether the process answers", .gives = "text/plain"}, 0, false},
    {"GET", "/readyz", GetWitnessReady, Gives::kFixed,
     {.summary = "Whether the log is beyond doubt", .gives = "text/plain",
      .statuses = "503"}, 0, false},
    {"GET", "/{origin}/checkpoint", OfLog<GetCosignedCheckpoint>, Gives::kFixed,
     {.summary = "The newest checkpoint that was cosigned here", .gives = "text/plain",
      .statuses = "404 503"}},
    {"GET", "/{origin}/tile/{file...}", OfLog<GetLogFile>, Gives::kFixed,
     {.summary = "A tile or an entry bundle of what was replayed (C2SP tlog-tiles)",
      .gives = "application/octet-stream", .statuses = "404 503"}, 0, true, {.bytes = 0}},
    {"GET", "/{origin}/release", OfLog<GetRelease>, Gives::kFixed,
     {.summary = "What this witness promised after a fork, and the release by which it left a tree",
      .gives = "text/plain", .statuses = "404 503"}},
    {"GET", "/{origin}/policies/{version}", OfLog<GetPolicyProof>, Gives::kFixed,
     {.summary = "The proof of a policy", .gives = kProofType, .statuses = "404 503"}},
};
// clang-format on

constexpr Router kRouter(kTable, "a witness answers /add-checkpoint");

}  // namespace

const Router& WitnessRouter() { return kRouter; }

}  // namespace cityid

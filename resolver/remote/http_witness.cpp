#include "resolver/remote/http_witness.h"

#include "ledger/tlog/note.h"
#include "resolver/http/client.h"

namespace cityid {

Result<WitnessReply> HttpWitness::AddCheckpoint(const std::string& request) {
  FetchLimits limits;
  limits.body = kMaxNote;
  auto reply = Post(name(), "/add-checkpoint", "text/plain; charset=utf-8", request, limits);
  if (!reply) return reply.error();
  return WitnessReply{reply->status, std::move(reply->body)};
}

}  // namespace cityid

#include "resolver/remote/http_witness.h"

#include "codec/sha256.h"
#include "ledger/tlog/note.h"
#include "resolver/http/client.h"
#include "resolver/remote/http_source.h"

namespace cityid {

Result<WitnessReply> HttpWitness::AddCheckpoint(const std::string& request) {
  FetchLimits limits;
  limits.body = kMaxNote;
  auto reply = Post(name(), "/add-checkpoint", "text/plain; charset=utf-8", request, limits);
  if (!reply) return reply.error();
  return WitnessReply{reply->status, std::move(reply->body)};
}

std::unique_ptr<Source> HttpWitness::Log(const std::string& origin) const {
  return std::make_unique<HttpSource>(prefix_ / Hex(Sha256(AsBytes(origin))));
}

}  // namespace cityid

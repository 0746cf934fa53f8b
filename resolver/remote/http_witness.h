// A witness over HTTP (C2SP tlog-witness).
#pragma once

#include <string>

#include "ledger/cosigning/cosigner.h"
#include "resolver/http/peer_url.h"

namespace cityid {

/// A witness with this submission prefix: it is asked at `prefix`/add-checkpoint.
class HttpWitness : public Cosigner {
 public:
  explicit HttpWitness(PeerUrl prefix) : prefix_(std::move(prefix)) {}
  Result<WitnessReply> AddCheckpoint(const std::string& request) override;
  std::unique_ptr<Source> Log(const std::string& origin) const override;
  std::string name() const override { return prefix_.text(); }

 private:
  PeerUrl prefix_;
};

}  // namespace cityid

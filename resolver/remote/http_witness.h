// A witness over HTTP (C2SP tlog-witness).
#pragma once

#include <string>

#include "ledger/consortium/cosigner.h"

namespace cityid {

/// A witness whose "add-checkpoint" is at `base` + "/add-checkpoint". Errors beside those of
/// `Cosigner`: kUsage if `base` is not a URL that `Post` takes.
class HttpWitness : public Cosigner {
 public:
  explicit HttpWitness(std::string base) : base_(std::move(base)) {}
  Result<WitnessReply> AddCheckpoint(const std::string& request) override;
  std::string name() const override { return base_; }

 private:
  std::string base_;
};

}  // namespace cityid

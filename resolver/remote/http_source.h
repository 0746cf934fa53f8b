// A log read over HTTP, as tlog-tiles lays it out.
#pragma once

#include <string>

#include "ledger/consortium/publisher.h"
#include "ledger/sync/source.h"
#include "resolver/http/client.h"

namespace cityid {

/// The ledger that a resolver or any web server publishes below `base` + "/ledger/". Errors beside
/// those of `Source`: kUsage for a base that is no URL.
class HttpSource : public Source {
 public:
  explicit HttpSource(std::string base) : base_(std::move(base)) {}
  Result<std::optional<std::string>> Note() override;
  Result<std::optional<Bytes>> File(const LogFile& file) override;
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override;
  std::string name() const override { return base_; }

 private:
  /// The body, or nothing for a 404.
  Result<std::optional<std::string>> Get(const std::string& path, std::size_t limit);
  std::string base_;
  std::string note_, etag_;  ///< the newest note, so that polling costs a 304
};

/// A witness at `base` + "/add-checkpoint" (C2SP tlog-witness).
class HttpWitness : public Cosigner {
 public:
  explicit HttpWitness(std::string base) : base_(std::move(base)) {}
  Result<WitnessReply> AddCheckpoint(const std::string& request) override;
  std::string name() const override { return base_; }

 private:
  std::string base_;
};

}  // namespace cityid

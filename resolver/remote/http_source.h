// A source of a log over HTTP (C2SP tlog-tiles).
#pragma once

#include <string>

#include "ledger/sync/source.h"

namespace cityid {

/// A ledger that a resolver or any web server publishes below `base` + "/ledger/". Errors beside
/// those of `Source`: kUsage if `base` is not a URL that `Fetch` takes. Not thread-safe.
class HttpSource : public Source {
 public:
  explicit HttpSource(std::string base) : base_(std::move(base)) {}
  Result<std::optional<std::string>> Note() override;
  Result<std::optional<Bytes>> File(const LogFile& file) override;
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override;
  std::string name() const override { return base_; }

 private:
  /// Returns the body of `base` + "/ledger/" + `path`, or nothing for a 404.
  Result<std::optional<std::string>> Get(const std::string& path, std::size_t limit);
  std::string base_;
  std::string note_, etag_;  ///< the last note with its tag, so that an unchanged one costs a 304
};

}  // namespace cityid

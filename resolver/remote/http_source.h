// A source of a log over HTTP (C2SP tlog-tiles).
#pragma once

#include <chrono>
#include <string>

#include "ledger/sync/source.h"
#include "resolver/http/client.h"
#include "resolver/http/peer_url.h"

namespace cityid {

/// A log that a web server publishes below a prefix: `prefix`/checkpoint, `prefix`/tile/... The
/// prefix of a resolver is its address and "ledger"; a witness has one for each log that it
/// cosigns, its address and the SHA-256 of the origin in hexadecimal. A server that is much slower
/// than the size of its answers explains, over several fetches, is given up: kNetwork. Not
/// thread-safe.
class HttpSource : public Source {
 public:
  explicit HttpSource(PeerUrl prefix) : prefix_(std::move(prefix)) {}
  Result<std::optional<std::string>> Note() override;
  Result<std::optional<Bytes>> File(const LogFile& file) override;
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override;
  std::string name() const override { return prefix_.text(); }

 private:
  /// Fetches `path` below the prefix. Errors: also kNetwork for any other status than 200, 404 and,
  /// with a tag, 304.
  Result<Fetched> Ask(const std::string& path, std::size_t limit, const std::string& etag = {});
  /// Returns the body of `path` below the prefix, or nothing for a 404.
  Result<std::optional<std::string>> Get(const std::string& path, std::size_t limit);
  using Clock = std::chrono::steady_clock;
  PeerUrl prefix_;
  Clock::duration late_{};   ///< what the last fetches took beyond what they may
  std::string note_, etag_;  ///< the last note with its tag, so that an unchanged one costs a 304
};

}  // namespace cityid

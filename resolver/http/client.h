// The HTTP client: one request on a connection of its own, bounded in size and in time
// (docs/adr/0008-client.md).
//
// The look-up of a name is the system's and can't be ended. One that is late is left behind on a
// thread of its own, which ends when the system gives up (resolv.conf(5): timeout and attempts).
#pragma once

#include <chrono>
#include <string>

#include "codec/result.h"

namespace cityid {

struct FetchLimits {
  std::size_t body = std::size_t{1} << 20;  ///< bytes, also of what comes out of gzip
  std::chrono::seconds connect{5};          ///< for name look-up, connection and TLS together
  std::chrono::seconds total{10};           ///< for everything
};

/// A reply, whatever its status is.
struct Fetched {
  int status = 0;
  std::string content_type;
  std::string etag;
  std::string body;
};

/// Sends a GET for `path` ("/MA.156.1301") below `base` ("https://id.example.cn", any address that
/// `PeerUrl` takes) and waits for the reply. Checks certificates, follows no redirects, bounds the
/// reply's head, too, and decodes gzip. A reply of any status is a success. `etag` is the tag of
/// what the caller has already; a 304 means that it still holds. Errors: those of `PeerUrl`;
/// kNetwork; kTooLarge.
Result<Fetched> Fetch(const std::string& base, const std::string& path, const std::string& accept,
                      const FetchLimits& limits = {}, const std::string& etag = {});

/// Sends a POST with `body`; otherwise as `Fetch`.
Result<Fetched> Post(const std::string& base, const std::string& path,
                     const std::string& content_type, const std::string& body,
                     const FetchLimits& limits = {});

}  // namespace cityid

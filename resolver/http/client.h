// The HTTP client: one request at a time, bounded in size and in time (docs/adr/0008-client.md).
#pragma once

#include <chrono>
#include <string>

#include "codec/result.h"

namespace cityid {

struct FetchLimits {
  std::size_t body = std::size_t{1} << 20;
  std::chrono::seconds connect{5};  ///< name, connection and TLS together
  std::chrono::seconds total{10};   ///< from the first step to the last byte
};

struct Fetched {
  int status = 0;
  std::string content_type;
  std::string etag;
  std::string body;
};

/// GETs `path` ("/MA.156.1301") below `base` ("https://id.example.cn" or "http://127.0.0.1:8080",
/// no path). Certificates are checked; redirects are not followed; a reply's head is bounded, too.
/// Any HTTP status is a success.
/// Errors: kUsage for a base that is no such URL; kNetwork; kTooLarge.
/// `etag`: what is known already; a 304 means that it still holds.
Result<Fetched> Fetch(const std::string& base, const std::string& path, const std::string& accept,
                      const FetchLimits& limits = {}, const std::string& etag = {});

/// POSTs `body`, else the same.
Result<Fetched> Post(const std::string& base, const std::string& path,
                     const std::string& content_type, const std::string& body,
                     const FetchLimits& limits = {});

}  // namespace cityid

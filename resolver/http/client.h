// The HTTP client: one bounded request at a time.
#pragma once

#include <chrono>
#include <string>

#include "codec/result.h"

namespace cityid {

struct FetchLimits {
  std::size_t body = std::size_t{1} << 20;
  std::chrono::seconds connect{5};
  std::chrono::seconds read{10};
};

struct Fetched {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// GETs `path` ("/MA.156.1301") below `base` ("https://id.example.cn" or "http://127.0.0.1:8080",
/// no path). Certificates are checked; redirects are not followed. Any HTTP status is a success.
/// Errors: kUsage for a base that is no such URL; kNetwork; kTooLarge.
Result<Fetched> Fetch(const std::string& base, const std::string& path, const std::string& accept,
                      const FetchLimits& limits = {});

/// POSTs `body`, else the same.
Result<Fetched> Post(const std::string& base, const std::string& path,
                     const std::string& content_type, const std::string& body,
                     const FetchLimits& limits = {});

}  // namespace cityid

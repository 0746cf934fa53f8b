// Addresses that a listener listens on, as operators write them.
#pragma once

#include <cstdint>
#include <string>

#include "codec/result.h"

namespace cityid {

enum class ListenKind {
  kPlain,
  kTls,       ///< TLS 1.2 or 1.3
  kRedirect,  ///< plain HTTP; every request is redirected to HTTPS at the first of `names`
};

struct ListenAddress {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6, without brackets
  std::uint16_t port = 0;             ///< 0: any free port
  ListenKind kind = ListenKind::kPlain;
};

/// Parses "127.0.0.1:8080" or "[::1]:8080". The address itself is checked when it is listened on.
/// Errors: kUsage.
Result<ListenAddress> ParseListen(const std::string& text, ListenKind kind = ListenKind::kPlain);

/// Returns "http://127.0.0.1:8080": where a client on this machine reaches `address`, which got
/// `port`.
std::string BaseUrl(const ListenAddress& address, std::uint16_t port);

}  // namespace cityid

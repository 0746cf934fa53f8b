#include "resolver/http/peer_url.h"

#include <algorithm>

#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::size_t kLongest = 2048;
constexpr std::uint64_t kMaxPort = 65'535;

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Returns true for what a path may have beside slashes (RFC 3986, pchar).
bool IsPath(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '%') {
      if (path.size() - i < 3 || !IsHexDigit(path[i + 1]) || !IsHexDigit(path[i + 2])) return false;
    } else if (!IsLetterOrDigit(c) &&
               std::string_view("/-._~!$&'()*+,;=:@").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// Returns true if a segment is "." or "..", which servers and proxies read in different ways.
bool HasDotSegment(std::string_view path) {
  while (!path.empty()) {
    const std::string_view segment = TakeUntil(path, '/');
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

bool IsIpV6(std::string_view host) {
  return !host.empty() &&
         std::ranges::all_of(host, [](char c) { return IsHexDigit(c) || c == ':' || c == '.'; });
}

Error NoAddress(std::string_view text, const std::string& why) {
  return Error{Errc::kUsage, "'" + std::string(text.substr(0, 80)) +
                                 "' is no address such as https://id.example.cn: " + why};
}

}  // namespace

Result<PeerUrl> PeerUrl::Parse(std::string_view text) {
  PeerUrl url;
  url.tls_ = text.starts_with(kHttps);
  if (!url.tls_ && !text.starts_with(kHttp))
    return NoAddress(text, "it does not begin with https:// or http://");
  if (text.size() > kLongest) return NoAddress(text, "it is too long");
  if (text.find_first_of("?#") != std::string_view::npos)
    return NoAddress(text, "a query or a fragment can't stand before a path");
  const std::string_view whole = text;
  const std::size_t scheme = url.tls_ ? kHttps.size() : kHttp.size();
  text.remove_prefix(scheme);
  const std::string_view authority = text.substr(0, text.find('/'));
  std::string_view path = text.substr(authority.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  if (authority.find('@') != std::string_view::npos)
    return NoAddress(whole, "a user name or a password has no place in it");
  std::string_view host = authority;
  std::string_view port = url.tls_ ? "443" : "80";
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    const auto number = ParseDecimal(port);
    if (!number || *number == 0 || *number > kMaxPort)
      return NoAddress(whole, "its port is not a number from 1 to 65535");
  }
  const bool v6 = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (v6) host = host.substr(1, host.size() - 2);
  if (v6 ? !IsIpV6(host) : !IsMadeOf(host, ".-_")) return NoAddress(whole, "its host is no name");
  if (!IsPath(path) || HasDotSegment(path))
    return NoAddress(whole, "its path has characters or segments that must be encoded or left out");
  url.text_ = std::string(whole.substr(0, scheme)) + std::string(authority) + std::string(path);
  url.host_ = host;
  url.port_ = port;
  url.authority_ = authority;
  url.path_ = path;
  return url;
}

PeerUrl PeerUrl::operator/(std::string_view segment) const {
  PeerUrl below = *this;
  below.text_ += "/" + std::string(segment);
  below.path_ += "/" + std::string(segment);
  return below;
}

}  // namespace cityid

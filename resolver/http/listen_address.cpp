#include "resolver/http/listen_address.h"

#include <charconv>

namespace cityid {

Result<ListenAddress> ParseListen(const std::string& text, ListenKind kind) {
  const Error usage{Errc::kUsage, "'" + text + "' is not ADDRESS:PORT, such as 127.0.0.1:8080"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return usage;
  ListenAddress listen{text.substr(0, colon), 0, kind};
  std::string& address = listen.address;
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, listen.port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return usage;
  return listen;
}

std::string BaseUrl(const ListenAddress& address, std::uint16_t port) {
  std::string host = address.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  const std::string scheme = address.kind == ListenKind::kTls ? "https://" : "http://";
  return scheme + host + ":" + std::to_string(port);
}

}  // namespace cityid

#include "codec/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "codec/city_code.h"
#include "codec/text.h"

namespace cityid {
namespace {

bool IsPublicV4(std::uint32_t a) {
  struct Block {
    std::uint32_t network;
    int bits;
  };
  // The IPv4 special-purpose address registry (RFC 6890), multicast and reserved.
  constexpr std::array<Block, 14> kSpecial = {{{0x00000000, 8},
                                               {0x0A000000, 8},
                                               {0x64400000, 10},
                                               {0x7F000000, 8},
                                               {0xA9FE0000, 16},
                                               {0xAC100000, 12},
                                               {0xC0000000, 24},
                                               {0xC0000200, 24},
                                               {0xC0A80000, 16},
                                               {0xC6120000, 15},
                                               {0xC6336400, 24},
                                               {0xCB007100, 24},
                                               {0xE0000000, 4},
                                               {0xF0000000, 4}}};
  return std::ranges::none_of(
      kSpecial, [&](const Block& block) { return (a ^ block.network) >> (32 - block.bits) == 0; });
}

bool IsPublicV6(const std::array<std::uint8_t, 16>& a) {
  // Public is global unicast (2000::/3), without documentation (2001:db8::/32), 6to4 (2002::/16),
  // which carries IPv4 addresses, and the IETF's protocol assignments (2001::/23, with Teredo).
  if ((a[0] & 0xE0) != 0x20) return false;
  if (a[0] == 0x20 && a[1] == 0x02) return false;
  const bool ietf = a[0] == 0x20 && a[1] == 0x01;
  return !(ietf && ((a[2] == 0x0D && a[3] == 0xB8) || (a[2] & 0xFE) == 0));
}

/// Returns true if the last label is a number, so that many programs read the name as an IPv4
/// address: 127.1, 0x7f.1.
bool EndsInNumber(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.starts_with("0x") ||
         std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

/// Returns what stands between "://" and the path; nothing if there is none.
std::string_view AuthorityOf(std::string_view uri) {
  const std::size_t start = uri.find("://");
  if (start == std::string_view::npos) return {};
  const std::string_view authority = uri.substr(start + 3);
  return authority.substr(0, authority.find_first_of("/?#\\"));
}

/// Returns true for a scheme whose URIs name no host, even if they look as if they did:
/// javascript://host.example/%0Aalert(1).
bool IsActive(std::string_view uri) {
  constexpr std::array<std::string_view, 7> kActive = {
      "javascript", "vbscript", "data", "blob", "file", "about", "view-source"};
  const std::string scheme = LowerCase(uri.substr(0, uri.find(':')));
  return std::ranges::find(kActive, scheme) != kActive.end();
}

}  // namespace

std::string_view HostOf(std::string_view uri) {
  std::string_view authority = AuthorityOf(uri);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool IsPublicAddress(std::string_view uri) {
  if (IsActive(uri)) return false;
  // What stands before an '@' reads like a host: http://id.example.cn@evil.example/.
  if (AuthorityOf(uri).find('@') != std::string_view::npos) return false;
  std::string host = LowerCase(HostOf(uri));
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.size() > 253) return false;
  in_addr v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return IsPublicV4(ntohl(v4.s_addr));
  std::array<std::uint8_t, 16> v6;
  if (::inet_pton(AF_INET6, host.c_str(), v6.data()) == 1) return IsPublicV6(v6);
  if (!IsHostName(host) || host.find('.') == std::string::npos || EndsInNumber(host)) return false;
  constexpr std::array<std::string_view, 5> kPrivate = {".local", ".internal", ".home.arpa", ".lan",
                                                        ".localhost"};
  return std::ranges::none_of(kPrivate,
                              [&](std::string_view suffix) { return host.ends_with(suffix); });
}

bool IsPublicName(std::string_view uri) {
  const bool urn =
      EqualIgnoringCase(uri.substr(0, 4), "urn:") && uri.find("://") == std::string_view::npos;
  return urn || IsPublicAddress(uri);
}

}  // namespace cityid

// Checks on endpoint addresses, for the registry's inbox and for serving. The rules of the ledger
// don't use them.
#pragma once

#include <string_view>

namespace cityid {

/// Returns the host of an absolute URI, without port, user and the brackets of IPv6. Returns an
/// empty text if the URI has no host.
std::string_view HostOf(std::string_view uri);

/// Returns true if the URI's host may be on the public internet, as far as its text says, and the
/// URI has no user, and no scheme by which browsers run or open what the URI itself says
/// (`javascript`, `data`). Returns
/// false for private, loopback, link-local and other special IP addresses (RFC 6890), for
/// `localhost`, for names without a dot, and below .local, .internal, .home.arpa and .lan.
bool IsPublicAddress(std::string_view uri);

/// Returns true if the URI may be handed on as the name of something, such as a specification: it
/// is a public address, or a URN (RFC 8141) without an address in it.
bool IsPublicName(std::string_view uri);

}  // namespace cityid
